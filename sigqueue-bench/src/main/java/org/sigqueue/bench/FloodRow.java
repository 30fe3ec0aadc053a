package org.sigqueue.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a peer received of signals that came as fast as another process could send them: rates are
 * medians over the rounds, counts are sums.
 *
 * @param deliveredPerS occurrences that user code was told of, until it was told of the last
 * @param eventsPerS how many times it was told; less if occurrences were merged on the way
 */
record FloodRow(
    String peer,
    @Nullable String delivery,
    int rounds,
    double sentPerS,
    double deliveredPerS,
    double eventsPerS,
    long sent,
    long delivered,
    double cpuS) {
  static FloodRow of(Case each, List<Output> rounds) {
    return new FloodRow(
        each.peer().name(),
        each.peer().delivery(),
        rounds.size(),
        median(rounds, round -> round.get("sent") / round.get("send_ns") * 1e9),
        median(rounds, Flood::deliveredPerSecond),
        median(rounds, round -> round.get("events") / round.get("wall_ns") * 1e9),
        sum(rounds, "sent"),
        sum(rounds, "count"),
        sum(rounds, "cpu_ns") / 1e9);
  }

  static double median(List<Output> rounds, ToDoubleFunction<Output> quantity) {
    return Runs.spread(rounds, quantity).median();
  }

  static long sum(List<Output> rounds, String key) {
    return rounds.stream().mapToLong(round -> Math.round(round.get(key))).sum();
  }
}
