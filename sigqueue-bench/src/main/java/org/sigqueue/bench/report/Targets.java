package org.sigqueue.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.sigqueue.bench.harness.Fanout;
import org.sigqueue.bench.harness.Flood;
import org.sigqueue.bench.harness.Latency;
import org.sigqueue.bench.harness.Measurement;
import org.sigqueue.bench.harness.Measurement.Spread;
import org.sigqueue.bench.harness.Programs.Output;
import org.sigqueue.bench.harness.Start;
import org.sigqueue.bench.harness.Stress;
import org.sigqueue.bench.harness.Table;
import org.sigqueue.bench.jmh.Microbenchmarks;

/** The targets of the project, each beside its measured value. */
final class Targets {
  private static final long PACE = 1000; // microseconds

  /**
   * One target.
   *
   * @param wanted the bound for people; a dash if this is only shown beside the target above it
   * @param measured the quantity; empty if it was not measured
   * @param verdict whether its median is within the bound
   */
  private record Target(String what, String wanted, Optional<Spread> measured, String verdict) {}

  private final List<Target> all = new ArrayList<>();

  /** The targets so far, in Markdown. */
  String markdown() {
    Table table = new Table(List.of("target", "wanted", "measured: median (range)", ""));
    all.forEach(target ->
        table.add(
            List.of(
                target.what(),
                target.wanted(),
                Table.spread(target.measured(), 2),
                target.verdict())));
    return table.markdown();
  }

  /** Adds the targets for signals that come one at a time to code that is compiled. */
  void latency(Measurement<Latency.Round> latency, int warmup) {
    String warm = Latency.condition(warmup);
    for (String peer : List.of("channel", "channel exclusive", "inline", "inline exclusive")) {
      atMost(
          "wake-ups a signal: " + peer,
          peer.endsWith("exclusive") ? 1.1 : 2.1,
          Measurement.spread(latency.of(peer, PACE, warm), Latency.Round::wakeupsPerSignal));
    }
    for (String peer : List.of("c-futex", "c-sigwaitinfo", "go", "tokio", "signal-hook", "jdk")) {
      beside(
          peer, Measurement.spread(latency.of(peer, PACE, warm), Latency.Round::wakeupsPerSignal));
    }
    boolean quiet = Latency.isQuiet(latency, PACE, warm);
    time(latency, warm, quiet, 50, "channel", "inline", 1.1);
    time(latency, warm, quiet, 50, "channel exclusive", "inline exclusive", 1.1);
    time(latency, warm, quiet, 50, "channel", "c-futex", 1.1);
    time(latency, warm, quiet, 50, "channel exclusive", "c-sigwaitinfo", 2);
    for (String other : List.of("go", "tokio", "jdk")) {
      time(latency, warm, quiet, 50, "channel", other, 0.75);
    }
    time(latency, warm, quiet, 99.9, "channel", "c-futex", 2);
  }

  /** Adds the targets for signals that come one at a time to code that has hardly run. */
  void cold(Measurement<Latency.Round> latency, int warmup) {
    String cold = Latency.condition(warmup);
    for (String other : List.of("go", "tokio")) {
      time(latency, cold, Latency.isQuiet(latency, PACE, cold), 50, "channel", other, 1);
    }
  }

  private void time(
      Measurement<Latency.Round> latency,
      String condition,
      boolean quiet,
      double percentile,
      String peer,
      String other,
      double bound) {
    atMost(
        String.format(
            Locale.ROOT,
            "every 1 ms %s: %s / %s, p%s",
            condition,
            peer,
            other,
            Table.number(percentile, percentile == Math.rint(percentile) ? 0 : 1)),
        bound,
        ratio(latency, peer, other, PACE, condition, round -> round.micros(percentile)),
        quiet ? "" : ", but see the noise");
  }

  /** Adds the targets for a process that sends signals to itself. */
  void stress(Measurement<Output> stress, List<Integer> workers) {
    for (int number : workers) {
      for (String other : List.of("go", "jdk")) {
        atLeast(
            "TestStress with " + number + ": channel / " + other + ", delivered/s",
            20,
            ratio(stress, "channel", other, number, "", Stress::deliveredPerSecond));
      }
      beside(
          "c-handler / go",
          ratio(stress, "c-handler", "go", number, "", Stress::deliveredPerSecond));
    }
  }

  /** Adds the targets for standard signals as fast as another process can send them. */
  void storm(Measurement<Output> storm) {
    atLeast(
        "storm: inline exclusive / c-sigwaitinfo, delivered/s",
        0.9,
        ratio(storm, "inline exclusive", "c-sigwaitinfo", 0, "", Flood::deliveredPerSecond));
    atLeast(
        "storm: channel exclusive / c-sigwaitinfo, delivered/s",
        0.5,
        ratio(storm, "channel exclusive", "c-sigwaitinfo", 0, "", Flood::deliveredPerSecond));
  }

  /** Adds the targets for many channels. */
  void fanout(Measurement<Output> fanout) {
    for (String source : List.of("virtual", "real")) {
      atMost(
          "1,000 channels, " + source + " signals: ns for each",
          80,
          Measurement.spread(fanout.of(source, 1000, ""), run -> Fanout.nanos(run) / 1000));
    }
  }

  /** Adds the targets for the life of a JVM. */
  void start(Measurement<Output> start) {
    for (String path : List.of("class path", "module path")) {
      String condition = Start.condition(path, "exit");
      atMost(
          "first notify / first sun.misc.Signal, " + path,
          4,
          ratio(start, "sigqueue", "jdk", 0, condition, Start::notifyMillis));
      for (String peer : List.of("sigqueue", "jdk", "jdk-class")) {
        beside(
            peer + ", ms", Measurement.spread(start.of(peer, 0, condition), Start::notifyMillis));
      }
    }
    for (String peer :
        List.of("sigqueue", "sigqueue-stopped", "sigqueue-realtime", "sigqueue-shutdown")) {
      atMost("exit, ms more than without us: " + peer + ", worst way", 10, worstExit(start, peer));
    }
    beside("sun.misc.Signal", worstExit(start, "jdk"));
    String usual = Start.condition("class path", "exit");
    atMost(
        "first exclusive signal with 4,000 threads, ms",
        200,
        Measurement.spread(start.of(Start.THREADS, 0, usual), Start::notifyMillis));
    atMost(
        "wake-ups/s when idle",
        0,
        Measurement.spread(start.of("sigqueue", 0, usual), Start::idleWakeupsPerSecond));
  }

  private static Optional<Spread> worstExit(Measurement<Output> start, String peer) {
    return Stream.of("class path", "module path")
        .flatMap(path -> Stream.of("exit", "return").map(end -> Start.condition(path, end)))
        .flatMap(condition ->
            Measurement.compare(
                start.of(peer, 0, condition),
                start.of("nothing", 0, condition),
                Start::exitMillis,
                (own, other) -> own - other)
                .stream())
        .max(Comparator.comparingDouble(Spread::median));
  }

  /** Adds the targets for garbage; JMH's own adds some hundredths of a byte. */
  void micro(Measurement<Microbenchmarks.Row> micro) {
    for (String benchmark :
        List.of(
            "EngineBenchmark.sendAndReceiveShared", "InlineBenchmark.raiseAndHandle (adaptive)")) {
      atMost(
          "garbage, bytes a signal: " + benchmark,
          0.5,
          Measurement.spread(micro.of(benchmark, 0, ""), Microbenchmarks.Row::bytes));
    }
  }

  private static <T> Optional<Spread> ratio(
      Measurement<T> measurement,
      String peer,
      String to,
      long x,
      String condition,
      ToDoubleFunction<T> quantity) {
    return Measurement.compare(
        measurement.of(peer, x, condition),
        measurement.of(to, x, condition),
        quantity,
        (own, other) -> own / other);
  }

  private void atMost(String what, double bound, Optional<Spread> measured) {
    atMost(what, bound, measured, "");
  }

  private void atMost(String what, double bound, Optional<Spread> measured, String doubt) {
    add(what, "<= ", bound, measured, measured.map(s -> s.median() <= bound), doubt);
  }

  private void atLeast(String what, double bound, Optional<Spread> measured) {
    add(what, ">= ", bound, measured, measured.map(s -> s.median() >= bound), "");
  }

  private void beside(String what, Optional<Spread> measured) {
    all.add(new Target("(beside it: " + what + ")", "-", measured, "-"));
  }

  private void add(
      String what,
      String relation,
      double bound,
      Optional<Spread> measured,
      Optional<Boolean> isMet,
      String doubt) {
    String wanted = relation + Table.number(bound, bound == Math.rint(bound) ? 0 : 2);
    String verdict = isMet.map(met -> (met ? "met" : "NOT met") + doubt).orElse("not measured");
    all.add(new Target(what, wanted, measured, verdict));
  }
}
