package org.sigqueue.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a peer received of real-time signals with values: rates are medians over the rounds, counts
 * are sums.
 *
 * @param lost signals that were sent and never counted
 * @param detailsLost signals that were counted without their values
 * @param disorder values that were not more than the one before
 * @param refused how many times the kernel's queue was full (EAGAIN) and the sender had to wait
 */
record ValuesRow(
    String peer,
    @Nullable String delivery,
    int rounds,
    double sentPerS,
    double deliveredPerS,
    long sent,
    long delivered,
    long lost,
    long detailsLost,
    long disorder,
    long refused,
    double cpuS) {
  static ValuesRow of(Case each, List<Output> rounds) {
    FloodRow row = FloodRow.of(each, rounds);
    return new ValuesRow(
        row.peer(),
        row.delivery(),
        row.rounds(),
        row.sentPerS(),
        row.deliveredPerS(),
        row.sent(),
        row.delivered(),
        row.sent() - row.delivered(),
        FloodRow.sum(rounds, "bare"),
        FloodRow.sum(rounds, "disorder"),
        FloodRow.sum(rounds, "refused"),
        row.cpuS());
  }
}
