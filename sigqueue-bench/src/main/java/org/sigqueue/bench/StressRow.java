package org.sigqueue.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a program delivered to itself, with so many threads that send: medians over the rounds.
 *
 * @param deliveredPerS occurrences that user code was told of
 * @param eventsPerS how many times it was told; less if occurrences were merged on the way
 * @param cpuS CPU time of the process for a second of the run
 */
record StressRow(
    String peer,
    @Nullable String delivery,
    int workers,
    int rounds,
    double sentPerS,
    double deliveredPerS,
    double eventsPerS,
    double cpuS) {
  static StressRow of(Case each, List<Output> rounds) {
    return new StressRow(
        each.peer().name(),
        each.peer().delivery(),
        (int) each.at(),
        rounds.size(),
        perSecond(rounds, "sent"),
        perSecond(rounds, "delivered"),
        perSecond(rounds, "events"),
        perSecond(rounds, "cpu_s"));
  }

  private static double perSecond(List<Output> rounds, String key) {
    return Runs.spread(rounds, round -> round.get(key) / round.get("seconds")).median();
  }
}
