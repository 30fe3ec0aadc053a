package org.sigqueue.bench.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Rounds;
import org.sigqueue.bench.harness.Programs.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code start}: the costs that the library adds to the life of a JVM. The first use after the
 * start of main, wake-ups while no signal comes, and the end of the process. Each run is a fresh
 * JVM.
 */
@Command(
    name = "start",
    description = {
      "The first use in a fresh JVM, wake-ups when no signal comes, and the end of the process.",
      "It ends by System.exit, by return of main or by TERM; the library is on the class path or",
      "on the module path. " + Start.THREADS + ": the first exclusive signal with 4,000 threads."
    })
public final class Start extends BenchCommand<Output> {
  /** The name of the peer with many threads. */
  public static final String THREADS = "sigqueue-threads";

  private static final int ROUNDS = 21;
  private static final int IDLE_ROUNDS = 3; // a count, so more would change little
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(
      names = "--idle",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Converters.Durations.class,
      description = {
        "How long no signal comes, in at most 3 of the rounds of sigqueue and jdk.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Duration idle = Duration.ZERO;

  /** How a JVM finds the library, and how it ends. */
  private record Life(String path, String end) {
    /** Where the parts are measured that do not depend on these. */
    static final Life USUAL = new Life("class path", "exit");

    static final List<Life> ALL =
        List.of(
            USUAL,
            new Life("class path", "return"),
            new Life("class path", "term"),
            new Life("module path", "exit"),
            new Life("module path", "return"));

    String condition() {
      return path + ", " + end;
    }

    static Life of(Case each) {
      return ALL.stream()
          .filter(life -> life.condition().equals(each.condition()))
          .findFirst()
          .orElseThrow();
    }
  }

  /**
   * The condition of the cases on a path and with an end.
   *
   * @param path "class path" or "module path"
   * @param end "exit", "return" or "term"
   */
  public static String condition(String path, String end) {
    return new Life(path, end).condition();
  }

  @Override
  PeerSet peerSet() {
    return PeerSet.starters();
  }

  @Override
  int usualRounds() {
    return ROUNDS;
  }

  @Override
  Measurement<Output> measure(List<Peer> peers, Rounds rounds) {
    List<Case> cases =
        Life.ALL.stream()
            .flatMap(life ->
                peers.stream()
                    .filter(peer -> life.equals(Life.USUAL) || !peer.name().equals(THREADS))
                    .map(peer -> new Case(peer, 0, life.condition())))
            .toList();
    Map<Case, Integer> runs = new HashMap<>();
    Measurement<Output> measurement =
        Measurement.run(
            rounds,
            cases,
            each -> each.peer().label() + ", " + each.condition(),
            each -> run(each, runs.merge(each, 1, Integer::sum)),
            Start::summary);
    // Notify and the first signal: from the start of main, or with many threads from before the
    // notifier is built. Exit, and the whole life of the JVM: in rounds that were not idle.
    measurement.tabulate(
        "peer",
        List.of(
            Column.ofCase("path", "path", each -> Life.of(each).path()),
            Column.ofCase("ends by", "end", each -> Life.of(each).end()),
            Column.median("", "notify_ms", 1, Start::notifyMillis),
            Column.spread("notify ms", 1, Start::notifyMillis),
            Column.median("first signal ms", "first_signal_ms", 1, key("first_signal_ns", 1e6)),
            Column.median("RSS added KiB", "rss_kb", 0, key("rss_kb", 1)),
            Column.median("idle s", "idle_s", 1, key("idle_ns", 1e9)),
            Column.median("wake-ups/s idle", "idle_wakeups_per_s", 1, Start::idleWakeupsPerSecond),
            Column.median("", "exit_ms", 1, Start::exitMillis),
            Column.min("", "exit_min_ms", 1, Start::exitMillis),
            Column.max("", "exit_max_ms", 1, Start::exitMillis),
            Column.spread("exit ms", 1, Start::exitMillis),
            Column.median("JVM ms", "jvm_ms", 0, Start::jvmMillis)));
    return measurement;
  }

  private Output run(Case each, int round) {
    Life life = Life.of(each);
    boolean isIdle =
        life.equals(Life.USUAL)
            && round <= IDLE_ROUNDS
            && List.of("sigqueue", "sigqueue-logging", "jdk").contains(each.peer().name());
    List<String> command = new ArrayList<>(each.peer().command());
    command.add(life.end());
    command.add(isIdle ? Long.toString(idle.toMillis()) : "0");
    return Driver.life(
        life.path().equals(Life.USUAL.path())
            ? Programs.withJars(command, BuildPaths.jars())
            : Programs.withModulePath(command, BuildPaths.modules()),
        idle.plus(PATIENCE));
  }

  private static String summary(Output run) {
    return String.format(
        Locale.ROOT,
        "notify %s ms, exit %s ms",
        Table.number(notifyMillis(run), 1),
        Table.number(exitMillis(run), 1));
  }

  private static ToDoubleFunction<Output> key(String key, double unit) {
    return run -> run.getIfAny(key) / unit;
  }

  /** Milliseconds until signals are received; NaN for a peer that receives none. */
  public static double notifyMillis(Output run) {
    return run.getIfAny("notify_ns") / 1e6;
  }

  /** Milliseconds from the start of the exit to the end of the process; NaN for an idle run. */
  public static double exitMillis(Output run) {
    return sinceUnlessIdle(run, "exit_ns");
  }

  /** Wake-ups per second while no signal came; NaN for a run that was not idle. */
  public static double idleWakeupsPerSecond(Output run) {
    return run.getIfAny("idle_wakeups") / run.getIfAny("idle_ns") * 1e9;
  }

  private static double jvmMillis(Output run) {
    return sinceUnlessIdle(run, "start_ns");
  }

  /** NaN for an idle run: the code that counted wake-ups is being compiled, and the end waits. */
  private static double sinceUnlessIdle(Output run, String start) {
    boolean wasIdle = !run.all("idle_ns").isEmpty();
    return wasIdle ? Double.NaN : (run.get("end_ns") - run.get(start)) / 1e6;
  }
}
