package org.sigqueue.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The latency of a peer at a pace. Percentiles are medians over the rounds, the maximum is of all
 * rounds, CPU time and lost signals are sums; null where no signal was answered.
 */
record LatencyRow(
    String peer,
    @Nullable String delivery,
    long paceUs,
    int rounds,
    @Nullable Double p50Us,
    @Nullable Double p90Us,
    @Nullable Double p99Us,
    @Nullable Double maxUs,
    double cpuS,
    long lost) {

  static LatencyRow of(Case each, List<LatencyRound> rounds) {
    List<LatencyRound> answered = rounds.stream().filter(LatencyRound::isAnswered).toList();
    return new LatencyRow(
        each.peer().name(),
        each.peer().delivery(),
        each.at(),
        rounds.size(),
        median(answered, 50),
        median(answered, 90),
        median(answered, 99),
        answered.isEmpty() ? null : Runs.spread(answered, LatencyRound::maxMicros).max(),
        rounds.stream().mapToDouble(round -> round.cpuSeconds).sum(),
        rounds.stream().mapToLong(round -> round.lost).sum());
  }

  private static @Nullable Double median(List<LatencyRound> answered, double percentile) {
    return answered.isEmpty()
        ? null
        : Runs.spread(answered, round -> round.micros(percentile)).median();
  }
}
