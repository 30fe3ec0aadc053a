package org.sigqueue.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the dispatcher spends on a signal that many channels want. */
final class Fanout {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private Fanout() {}

  /** Measures each number of channels. */
  static Measured<Output> measure(List<Peer> sources, List<Integer> channels, Rounds rounds) {
    List<Case> cases =
        channels.stream()
            .flatMap(number -> sources.stream().map(source -> new Case(source, number)))
            .toList();
    Runs<Output> runs =
        rounds.run(
            cases,
            each -> each.peer().label() + " signals for " + each.at() + " channels",
            Fanout::run,
            output -> String.format(Locale.ROOT, "%.1f us for a signal", nanos(output) / 1e3));
    return new Measured<>(result(runs), runs);
  }

  private static Output run(Case each) {
    List<String> command = new ArrayList<>(each.peer().command());
    command.add(Long.toString(each.at()));
    return Programs.measure(command, LIMIT);
  }

  private static Result result(Runs<Output> runs) {
    List<FanoutRow> rows = new ArrayList<>();
    Table table = new Table("signals", "channels", "us/signal", "ns/channel", "spread of ns");
    runs.forEach((each, own) -> {
      Spread nanos = Runs.spread(own, round -> nanos(round) / each.at());
      FanoutRow row =
          new FanoutRow(
              each.peer().name(),
              each.peer().delivery(),
              (int) each.at(),
              own.size(),
              nanos.median() * each.at() / 1e3,
              nanos.median());
      rows.add(row);
      table.add(
          each.peer().label(),
          Integer.toString(row.channels()),
          Table.number(row.usPerSignal(), 1),
          Table.number(row.nsPerChannel(), 1),
          Table.number(nanos.min(), 1) + ".." + Table.number(nanos.max(), 1));
    });
    return new Result(rows, List.of(), table, new ArrayList<>(runs.failures()));
  }

  /** The median of the signals of a run, in nanoseconds. */
  static double nanos(Output output) {
    return Spread.of(output.all("ns")).median();
  }
}
