package org.sigqueue.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The workload of Go's {@code TestStress}: how much of what a process sends to itself, with several
 * threads, its own user code gets. The handler in C that only counts is the limit.
 */
final class Stress {
  /** What ratios are formed to, as far as they are measured. */
  private static final List<String> REFERENCES = List.of("c-handler", "go", "jdk");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Stress() {}

  /** Measures each peer with each number of workers. */
  static Measured<Output> measure(
      Duration duration, List<Peer> peers, List<Integer> workers, Rounds rounds) {
    List<Case> cases =
        workers.stream()
            .flatMap(number -> peers.stream().map(peer -> new Case(peer, number)))
            .toList();
    Runs<Output> runs =
        rounds.run(
            cases,
            each -> each.peer().label() + " with " + each.at() + " workers",
            each -> run(each, duration),
            output -> String.format(Locale.ROOT, "%.0f delivered/s", deliveredPerSecond(output)));
    return new Measured<>(result(runs), runs);
  }

  private static Output run(Case each, Duration duration) {
    List<String> command = new ArrayList<>(each.peer().command());
    command.add(Long.toString(each.at()));
    command.add(Long.toString(duration.toMillis()));
    return Programs.measure(command, duration.plus(PATIENCE));
  }

  private static Result result(Runs<Output> runs) {
    List<StressRow> rows = new ArrayList<>();
    List<Result.Ratio> ratios = new ArrayList<>();
    List<String> columns =
        new ArrayList<>(List.of("peer", "workers", "sent/s", "delivered/s", "events/s", "CPU s/s"));
    REFERENCES.forEach(reference -> columns.add("delivered / " + reference));
    Table table = new Table(columns.toArray(String[]::new));
    runs.forEach((each, own) -> {
      StressRow row = StressRow.of(each, own);
      rows.add(row);
      List<String> cells =
          new ArrayList<>(
              List.of(
                  each.peer().label(),
                  Integer.toString(row.workers()),
                  Table.number(row.sentPerS(), 0),
                  Table.number(row.deliveredPerS(), 0),
                  Table.number(row.eventsPerS(), 0),
                  Table.number(row.cpuS(), 2)));
      for (String reference : REFERENCES) {
        Optional<Spread> ratio =
            runs.ratio(each.peer().label(), reference, each.at(), Stress::deliveredPerSecond);
        ratio.ifPresent(
            spread -> ratios.add(Result.Ratio.of(each, reference, "delivered_per_s", spread)));
        cells.add(ratio.map(spread -> spread.text(2)).orElse("-"));
      }
      table.add(cells.toArray(String[]::new));
    });
    return new Result(rows, ratios, table, new ArrayList<>(runs.failures()));
  }

  /** At least one in all, so that a peer that starves makes no ratio infinite. */
  static double deliveredPerSecond(Output output) {
    return Math.max(1, output.get("delivered")) / output.get("seconds");
  }
}
