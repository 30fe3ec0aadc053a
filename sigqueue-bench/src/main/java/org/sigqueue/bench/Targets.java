package org.sigqueue.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The targets of the design, section 8, each beside what was measured for it. */
final class Targets {
  private static final long SLOW = 1000;
  private static final long FAST = 30;
  private static final List<String> OTHERS = List.of("go", "tokio", "jdk");
  private static final List<String> PEERS =
      List.of("go", "tokio", "tokio-main", "signal-hook", "jdk");

  private final List<Target> all = new ArrayList<>();

  /** All targets, in the order in which they were added. */
  List<Target> all() {
    return all;
  }

  /** Adds those for a process that is sent signals one at a time. */
  void latency(Runs<LatencyRound> runs) {
    for (String peer : List.of("core", "inline", "channel")) {
      double bound = peer.equals("channel") ? 1.25 : 1.10;
      all.add(
          Target.atMost(
              "every 1 ms: " + peer + " / c-futex, p50",
              bound,
              Latency.ratio(runs, peer, "c-futex", SLOW, 50)));
      for (String other : OTHERS) {
        all.add(
            Target.atMost(
                "every 1 ms: " + peer + " / " + other + ", p50",
                0.75,
                Latency.ratio(runs, peer, other, SLOW, 50)));
      }
    }
    all.add(
        Target.atMost(
            "every 1 ms: core exclusive / c-sigwaitinfo, p50",
            1.75,
            Latency.ratio(runs, "core exclusive", "c-sigwaitinfo", SLOW, 50)));
    for (String other : OTHERS) {
      all.add(
          Target.atMost(
              "every 1 ms: core exclusive / " + other + ", p50",
              0.1,
              Latency.ratio(runs, "core exclusive", other, SLOW, 50)));
    }
    all.add(
        Target.atMost(
            "every 30 us: core-spin / c-spin, p50",
            1.15,
            Latency.ratio(runs, "core-spin", "c-spin", FAST, 50)));
    all.add(
        Target.atMost(
            "every 30 us: core / go, p50", 1, Latency.ratio(runs, "core", "go", FAST, 50)));
    all.add(
        Target.atMost(
            "every 30 us: core / go, CPU time",
            1,
            runs.ratio("core", "go", FAST, LatencyRound::cpuMicrosPerSignal)));
    for (long pace : new long[] {FAST, SLOW}) {
      all.add(
          Target.atMost(
              "every " + (pace == SLOW ? "1 ms" : "30 us") + ": core / best peer, p99",
              1,
              toBestPeer(runs, pace)));
    }
  }

  /** The highest of the ratios is that to the best. */
  private static Optional<Spread> toBestPeer(Runs<LatencyRound> runs, long pace) {
    return PEERS.stream()
        .flatMap(peer -> Latency.ratio(runs, "core", peer, pace, 99).stream())
        .reduce((one, other) -> one.median() > other.median() ? one : other);
  }

  /** Adds those for a process that sends signals to itself. */
  void stress(Runs<Output> runs, List<Integer> workers) {
    for (int number : workers) {
      for (String other : List.of("go", "jdk")) {
        all.add(
            Target.atLeast(
                "TestStress with " + number + ": channel / " + other + ", delivered/s",
                20,
                runs.ratio("channel", other, number, Stress::deliveredPerSecond)));
        all.add(
            Target.beside(
                "c-handler / " + other,
                runs.ratio("c-handler", other, number, Stress::deliveredPerSecond)));
      }
      all.add(
          Target.atLeast(
              "TestStress with " + number + ": channel / c-handler, delivered/s (starved: 0)",
              0.01,
              runs.ratio("channel", "c-handler", number, Stress::deliveredPerSecond)));
    }
  }

  /** Adds those for standard signals as fast as another process can send them. */
  void storm(Runs<Output> runs) {
    all.add(
        Target.atLeast(
            "storm: core exclusive / c-sigwaitinfo, delivered/s",
            0.8,
            runs.ratio("core exclusive", "c-sigwaitinfo", 0, Flood::deliveredPerSecond)));
    for (String other : PEERS) {
      all.add(
          Target.atLeast(
              "storm: core exclusive / " + other + ", delivered/s",
              20,
              runs.ratio("core exclusive", other, 0, Flood::deliveredPerSecond)));
    }
  }

  /** Adds those for real-time signals. */
  void values(Runs<Output> runs) {
    for (String peer : List.of("core handler", "inline handler", "channel handler")) {
      all.add(
          Target.atLeast(
              "real-time signals: " + peer + " / c-handler, delivered/s",
              0.9,
              runs.ratio(peer, "c-handler", 0, Flood::deliveredPerSecond)));
    }
    for (String peer : List.of("core", "inline", "channel")) { // exclusive
      all.add(
          Target.atLeast(
              "real-time signals: " + peer + " / c-sigwaitinfo, delivered/s",
              0.8,
              runs.ratio(peer, "c-sigwaitinfo", 0, Flood::deliveredPerSecond)));
      all.add(
          Target.atMost(
              "real-time signals: " + peer + ", lost",
              0,
              runs.spread(peer, 0, round -> round.get("sent") - round.get("count"))));
      all.add(
          Target.atMost(
              "real-time signals: " + peer + ", out of order",
              0,
              runs.spread(peer, 0, round -> round.get("disorder"))));
    }
  }

  /** Adds those for many channels. */
  void fanout(Runs<Output> runs) {
    for (String source : List.of("virtual", "real")) {
      all.add(
          Target.atMost(
              "1,000 channels, " + source + " signals: ns for each",
              100,
              runs.spread(source, 1000, round -> Fanout.nanos(round) / 1000)));
    }
  }

  /** Adds those for a fresh JVM and an idle one. */
  void start(Runs<Output> runs) {
    all.add(
        Target.atMost(
            "first notify, ms from the start of main",
            30,
            runs.spread("sigqueue", 0, round -> round.get("notify_ns") / 1e6)));
    all.add(
        Target.atMost(
            "the same where the program has logged before, ms",
            30,
            runs.spread("sigqueue-logging", 0, round -> round.get("notify_ns") / 1e6)));
    all.add(
        Target.atMost(
            "idle: wake-ups/s", 0, runs.spread("sigqueue", 0, Start::idleWakeupsPerSecond)));
  }

  /** Adds those for the engine alone. */
  void micro(Runs<Micro.Row> runs) {
    nanos(runs, "send when pending, ns", 3, "EngineBenchmark.sendWhenPending");
    nanos(runs, "send + receive, ns", 40, "EngineBenchmark.sendAndReceive");
    nanos(runs, "send + receive on shared words, ns", 40, "EngineBenchmark.sendAndReceiveShared");
    String own = "ExchangeBenchmark.sendAndReceive (sigqueue-park)";
    for (String other :
        Arrays.asList("mpsc", "array-blocking-queue", "linked-transfer-queue", "semaphore")) {
      all.add(
          Target.atMost(
              "send + receive / " + other,
              1,
              runs.spread(own, 0, Micro.Row::nanos)
                  .flatMap(mine ->
                      runs.spread(
                          "ExchangeBenchmark.sendAndReceive (" + other + ")",
                          0,
                          theirs -> mine.median() / theirs.nanos()))));
    }
    bytes(runs, "garbage: core, bytes/signal", 1, "EngineBenchmark.sendAndReceiveShared");
    bytes(runs, "garbage: inline, bytes/signal", 1, "InlineBenchmark.raiseAndHandle (adaptive)");
    bytes(
        runs,
        "garbage: event of a channel, bytes/signal",
        96,
        "ChannelBenchmark.raiseAndTake (coalescing, adaptive)");
  }

  private void nanos(Runs<Micro.Row> runs, String what, double bound, String benchmark) {
    all.add(Target.atMost(what, bound, runs.spread(benchmark, 0, Micro.Row::nanos)));
  }

  private void bytes(Runs<Micro.Row> runs, String what, double bound, String benchmark) {
    ToDoubleFunction<Micro.Row> bytes = Micro.Row::bytes;
    all.add(Target.atMost(what, bound, runs.spread(benchmark, 0, bytes)));
  }
}
