package org.sigqueue.bench.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Rounds;
import org.sigqueue.bench.harness.Programs.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code stress}: the workload of Go's {@code TestStress}. Several threads of a process send it
 * signals; measured is how many of these reach its user code. The limit is a handler in C that only
 * counts.
 */
@Command(
    name = "stress",
    description = "Go's TestStress: threads that do nothing but kill(getpid()) and yield.")
public final class Stress extends BenchCommand<Output> {
  private static final List<String> REFERENCES = List.of("c-handler", "go", "jdk");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(
      names = "--workers",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,2,4,8",
      converter = Converters.Workers.class,
      description = "How many threads send. Default: ${DEFAULT-VALUE}")
  private List<Integer> workers = List.of();

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Converters.Durations.class,
      description = "How long each run takes. Default: ${DEFAULT-VALUE}")
  private Duration duration = Duration.ZERO;

  @Override
  PeerSet peerSet() {
    return PeerSet.selfSenders();
  }

  @Override
  Measurement<Output> measure(List<Peer> peers, Rounds rounds) {
    List<Case> cases =
        workers.stream()
            .flatMap(number -> peers.stream().map(peer -> new Case(peer, number)))
            .toList();
    Measurement<Output> measurement =
        Measurement.run(
            rounds,
            cases,
            each -> each.peer().label() + " with " + each.x() + " workers",
            this::run,
            output -> String.format(Locale.ROOT, "%.0f delivered/s", deliveredPerSecond(output)));
    // Deliveries are occurrences, events are fewer if occurrences were coalesced.
    measurement.tabulate(
        "peer",
        List.of(
            Column.ofCase("workers", "workers", Case::x),
            perSecond("sent/s", "sent_per_s", 0, "sent"),
            perSecond("delivered/s", "delivered_per_s", 0, "delivered"),
            perSecond("events/s", "events_per_s", 0, "events"),
            perSecond("CPU s/s", "cpu_s", 2, "cpu_s")),
        new Measurement.Comparison<>(
            "delivered", "delivered_per_s", Stress::deliveredPerSecond, REFERENCES));
    return measurement;
  }

  private Output run(Case each) {
    List<String> command = new ArrayList<>(each.peer().command());
    command.add(Long.toString(each.x()));
    command.add(Long.toString(duration.toMillis()));
    return Programs.measure(command, duration.plus(PATIENCE));
  }

  private static Column<Output> perSecond(String header, String field, int decimals, String key) {
    return Column.median(header, field, decimals, run -> run.get(key) / run.get("seconds"));
  }

  /** The deliveries per second; at least one in all, so that a starved peer gives no infinity. */
  public static double deliveredPerSecond(Output run) {
    return Math.max(1, run.get("delivered")) / run.get("seconds");
  }
}
