package org.sigqueue.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The first use in a fresh JVM, and the time after it when no signal comes. */
final class Start {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Start() {}

  /** Measures each peer. */
  static Measured<Output> measure(Duration idle, List<Peer> peers, Rounds rounds) {
    Runs<Output> runs =
        rounds.run(
            peers.stream().map(peer -> new Case(peer, 0)).toList(),
            each -> each.peer().label(),
            each -> run(each.peer(), idle),
            output ->
                String.format(
                    Locale.ROOT,
                    "%.1f ms, %.0f wake-ups",
                    output.get("notify_ns") / 1e6,
                    output.get("idle_wakeups")));
    return new Measured<>(result(runs), runs);
  }

  private static Output run(Peer peer, Duration idle) {
    List<String> command = new ArrayList<>(peer.command());
    command.add(Long.toString(idle.toMillis()));
    return Programs.measure(command, idle.plus(PATIENCE));
  }

  private static Result result(Runs<Output> runs) {
    List<StartRow> rows = new ArrayList<>();
    Table table =
        new Table(
            "peer", "notify ms", "first signal ms", "RSS added KiB", "idle s", "wake-ups/s idle");
    runs.forEach((each, own) -> {
      Spread notify = Runs.spread(own, round -> round.get("notify_ns") / 1e6);
      Spread first = Runs.spread(own, round -> round.get("first_signal_ns") / 1e6);
      StartRow row =
          new StartRow(
              each.peer().name(),
              each.peer().delivery(),
              own.size(),
              notify.median(),
              first.median(),
              Runs.spread(own, round -> round.get("rss_kb")).median(),
              Runs.spread(own, round -> round.get("idle_ns") / 1e9).median(),
              Runs.spread(own, Start::idleWakeupsPerSecond).median());
      rows.add(row);
      table.add(
          each.peer().label(),
          notify.text(1),
          first.text(1),
          Table.number(row.rssKb(), 0),
          Table.number(row.idleS(), 1),
          Table.number(row.idleWakeupsPerS(), 1));
    });
    return new Result(rows, List.of(), table, new ArrayList<>(runs.failures()));
  }

  static double idleWakeupsPerSecond(Output output) {
    return output.get("idle_wakeups") / output.get("idle_ns") * 1e9;
  }
}
