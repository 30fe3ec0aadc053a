package org.sigqueue.bench;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.HdrHistogram.Histogram;

/** The plots of the report. */
final class Plots {
  private static final double[] PERCENTILES = {1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9};
  private static final int DIGITS = 3;

  /** More lines than these cannot be told apart. */
  private static final Set<String> SHOWN =
      Set.of(
          "c-futex",
          "c-sigwaitinfo",
          "core",
          "core exclusive",
          "inline",
          "channel",
          "jdk",
          "go",
          "signal-hook",
          "tokio",
          "tokio-main");

  private Plots() {}

  /** Percentiles of all rounds together. */
  static Chart latency(Runs<LatencyRound> runs, long paceUs) {
    Chart chart =
        new Chart(
            String.format(Locale.ROOT, "Latency, a signal every %d us", paceUs),
            "1 in so many signals takes longer",
            "us");
    runs.forEach((each, own) -> {
      if (each.at() == paceUs && SHOWN.contains(each.peer().label())) {
        Histogram all = new Histogram(DIGITS);
        own.forEach(round -> all.add(round.times));
        for (double percentile : PERCENTILES) {
          chart.add(
              each.peer().label(),
              100 / (100 - percentile),
              all.getTotalCount() == 0 ? 0 : all.getValueAtPercentile(percentile) / 1e3);
        }
      }
    });
    return chart;
  }

  /** Delivered per second, by workers. */
  static Chart stress(Runs<Output> runs) {
    Chart chart = new Chart("TestStress", "workers", "delivered/s").doubling();
    runs.forEach((each, own) ->
        chart.add(
            each.peer().label(),
            (double) each.at(),
            Runs.spread(own, Stress::deliveredPerSecond).median()));
    return chart;
  }

  /** Nanoseconds for a channel, by channels. */
  static Chart fanout(Runs<Output> runs) {
    Chart chart = new Chart("One signal, many channels", "channels", "ns for each channel");
    runs.forEach((each, own) ->
        chart.add(
            each.peer().label() + " signals",
            (double) each.at(),
            Runs.spread(own, round -> Fanout.nanos(round) / each.at()).median()));
    return chart;
  }

  /** Nanoseconds for a send, by threads that send. */
  static Chart contended(Runs<Micro.Row> runs, List<Integer> senders, List<String> exchanges) {
    Chart chart = new Chart("Contended send", "threads that send", "ns for each send").doubling();
    for (String exchange : exchanges) {
      for (int number : senders) {
        String benchmark =
            "ContendedSendBenchmark.senders" + number + " (" + exchange + "), send" + number;
        runs.spread(benchmark, 0, Micro.Row::nanos)
            .ifPresent(
                nanos -> chart.add(Objects.requireNonNull(exchange), number, nanos.median()));
      }
    }
    return chart;
  }
}
