package org.sigqueue.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Signals from another process as fast as it can send them. */
final class Flood {
  /** What the rates are compared with: the kernel's own way, and handlers. */
  private static final List<String> REFERENCES = List.of("c-handler", "c-sigwaitinfo");

  private Flood() {}

  /** Standard signals, of which the kernel keeps one at a time. */
  static Measured<Output> storm(Driver driver, int count, List<Peer> peers, Rounds rounds) {
    Runs<Output> runs = run(peers, rounds, peer -> driver.storm(peer, count));
    List<FloodRow> rows = new ArrayList<>();
    List<Result.Ratio> ratios = new ArrayList<>();
    Table table = table("peer", "sent/s", "delivered/s", "events/s", "sent", "delivered", "CPU s");
    runs.forEach((each, own) -> {
      FloodRow row = FloodRow.of(each, own);
      rows.add(row);
      List<String> cells =
          new ArrayList<>(
              List.of(
                  each.peer().label(),
                  Table.number(row.sentPerS(), 0),
                  Table.number(row.deliveredPerS(), 0),
                  Table.number(row.eventsPerS(), 0),
                  Long.toString(row.sent()),
                  Long.toString(row.delivered()),
                  Table.number(row.cpuS(), 2)));
      cells.addAll(compare(runs, each, ratios));
      table.add(cells.toArray(String[]::new));
    });
    return new Measured<>(new Result(rows, ratios, table, failures(runs)), runs);
  }

  /** Real-time signals with the values 1, 2, …, of which the kernel keeps all. */
  static Measured<Output> values(Driver driver, int count, List<Peer> peers, Rounds rounds) {
    Runs<Output> runs = run(peers, rounds, peer -> driver.values(peer, count));
    List<ValuesRow> rows = new ArrayList<>();
    List<Result.Ratio> ratios = new ArrayList<>();
    Table table =
        table(
            "peer",
            "sent/s",
            "delivered/s",
            "sent",
            "lost",
            "details lost",
            "disorder",
            "refused",
            "CPU s");
    runs.forEach((each, own) -> {
      ValuesRow row = ValuesRow.of(each, own);
      rows.add(row);
      List<String> cells =
          new ArrayList<>(
              List.of(
                  each.peer().label(),
                  Table.number(row.sentPerS(), 0),
                  Table.number(row.deliveredPerS(), 0),
                  Long.toString(row.sent()),
                  Long.toString(row.lost()),
                  Long.toString(row.detailsLost()),
                  Long.toString(row.disorder()),
                  Long.toString(row.refused()),
                  Table.number(row.cpuS(), 2)));
      cells.addAll(compare(runs, each, ratios));
      table.add(cells.toArray(String[]::new));
    });
    return new Measured<>(new Result(rows, ratios, table, failures(runs)), runs);
  }

  private static Runs<Output> run(List<Peer> peers, Rounds rounds, Function<Peer, Output> measure) {
    return rounds.run(
        peers.stream().map(peer -> new Case(peer, 0)).toList(),
        each -> each.peer().label(),
        each -> measure.apply(each.peer()),
        output ->
            String.format(
                Locale.ROOT,
                "%.0f delivered/s, %.0f of %.0f",
                deliveredPerSecond(output),
                output.get("count"),
                output.get("sent")));
  }

  private static Table table(String... columns) {
    List<String> all = new ArrayList<>(List.of(columns));
    REFERENCES.forEach(reference -> all.add("delivered / " + reference));
    return new Table(all.toArray(String[]::new));
  }

  private static List<String> compare(Runs<Output> runs, Case each, List<Result.Ratio> ratios) {
    List<String> cells = new ArrayList<>();
    for (String reference : REFERENCES) {
      Optional<Spread> ratio =
          runs.ratio(each.peer().label(), reference, each.at(), Flood::deliveredPerSecond);
      ratio.ifPresent(
          spread -> ratios.add(Result.Ratio.of(each, reference, "delivered_per_s", spread)));
      cells.add(ratio.map(spread -> spread.text(2)).orElse("-"));
    }
    return cells;
  }

  private static List<String> failures(Runs<Output> runs) {
    return new ArrayList<>(runs.failures());
  }

  /** At least one in all, so that a peer that starves makes no ratio infinite. */
  static double deliveredPerSecond(Output output) {
    return Math.max(1, output.get("count")) / output.get("wall_ns") * 1e9;
  }
}
