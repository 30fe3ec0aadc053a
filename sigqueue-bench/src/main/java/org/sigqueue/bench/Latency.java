package org.sigqueue.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How long a signal from another process takes until the user's code runs, peer by peer. */
final class Latency {
  /** The limits of who hands signals from a handler to a thread, and of who waits in the kernel. */
  private static final List<String> REFERENCES = List.of("c-futex", "c-sigwaitinfo");

  private Latency() {}

  /** Measures each peer at each pace. */
  static Measured<LatencyRound> measure(
      Driver driver, int samples, List<Peer> peers, List<Duration> paces, Rounds rounds) {
    List<Case> cases =
        paces.stream()
            .flatMap(pace -> peers.stream().map(peer -> new Case(peer, pace.toNanos() / 1000)))
            .toList();
    Runs<LatencyRound> runs =
        rounds.run(
            cases,
            each -> each.peer().label() + " every " + each.at() + " us",
            each ->
                new LatencyRound(
                    driver.latency(each.peer(), samples, Duration.ofNanos(each.at() * 1000))),
            Latency::summary);
    return new Measured<>(result(runs), runs);
  }

  private static Result result(Runs<LatencyRound> runs) {
    List<LatencyRow> rows = new ArrayList<>();
    List<Result.Ratio> ratios = new ArrayList<>();
    List<String> columns =
        new ArrayList<>(
            List.of("peer", "pace us", "p50 us", "p90", "p99", "max", "CPU us/signal", "lost"));
    REFERENCES.forEach(reference -> columns.add("p50 / " + reference));
    Table table = new Table(columns.toArray(String[]::new));
    runs.forEach((each, own) -> {
      LatencyRow row = LatencyRow.of(each, own);
      rows.add(row);
      List<String> cells =
          new ArrayList<>(
              List.of(
                  each.peer().label(),
                  Long.toString(row.paceUs()),
                  number(row.p50Us()),
                  number(row.p90Us()),
                  number(row.p99Us()),
                  number(row.maxUs()),
                  number(Runs.spread(own, LatencyRound::cpuMicrosPerSignal).median()),
                  Long.toString(row.lost())));
      for (String reference : REFERENCES) {
        Optional<Spread> ratio = ratio(runs, each.peer().label(), reference, each.at(), 50);
        ratio.ifPresent(spread -> ratios.add(Result.Ratio.of(each, reference, "p50_us", spread)));
        cells.add(ratio.map(spread -> spread.text(2)).orElse("-"));
      }
      table.add(cells.toArray(String[]::new));
    });
    return new Result(rows, ratios, table, new ArrayList<>(runs.failures()));
  }

  /** The ratio of a percentile; empty if a signal of one of the two was never answered. */
  static Optional<Spread> ratio(
      Runs<LatencyRound> runs, String peer, String to, long paceUs, double percentile) {
    boolean answered =
        runs.of(peer, paceUs).stream().allMatch(LatencyRound::isAnswered)
            && runs.of(to, paceUs).stream().allMatch(LatencyRound::isAnswered);
    return answered
        ? runs.ratio(peer, to, paceUs, round -> round.micros(percentile))
        : Optional.empty();
  }

  private static String summary(LatencyRound round) {
    return String.format(
        Locale.ROOT,
        "p50 %.1f us, p99 %.1f us, lost %d",
        round.micros(50),
        round.micros(99),
        round.lost);
  }

  private static String number(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.1f", value);
  }
}
