package org.sigqueue.stress;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run; as JSON it has these names in this order.
 *
 * @param delivery the way from the kernel: handler or exclusive
 * @param channels the number of channels that each signal was meant for: delivered, coalesced and
 *     dropped together are as many times what was accepted
 * @param seconds how long signals were sent
 * @param sent how many signals were sent, the last one included
 * @param accepted how many of them reached a handler; the kernel merges those that it holds already
 * @param delivered how many became an event of their own
 * @param coalesced how many were added to another event
 * @param dropped how many found the channel full
 * @param lastSignalDelivered whether the signal that was sent after the load arrived in time
 * @param failures the rules that did not hold, in words; null if the run has passed
 * @param footprint the memory, threads and descriptors of the process, in words; null for scenarios
 *     that do not measure them
 */
record RunResult(
    String scenario,
    String parking,
    String delivery,
    int workers,
    int channels,
    double seconds,
    long sent,
    long accepted,
    long delivered,
    long coalesced,
    long dropped,
    boolean lastSignalDelivered,
    boolean passed,
    @Nullable List<String> failures,
    @Nullable String footprint) {

  /** The result of a run that has measured this. */
  static RunResult of(
      Scenario scenario,
      RunParameters run,
      DeliveryMode delivery,
      int channels,
      double seconds,
      long sent,
      Counts counts,
      boolean lastSignalDelivered,
      List<String> failures,
      @Nullable String footprint) {
    return new RunResult(
        scenario.name(),
        run.parking().name(),
        delivery.text(),
        run.workers(),
        channels,
        seconds,
        sent,
        counts.accepted(),
        counts.delivered(),
        counts.coalesced(),
        counts.dropped(),
        lastSignalDelivered,
        failures.isEmpty(),
        failures.isEmpty() ? null : failures,
        footprint);
  }

  /** The result of a run that could not begin. */
  static RunResult aborted(Scenario scenario, RunParameters run, Exception why) {
    return of(
        scenario,
        run,
        scenario.delivery(run),
        0,
        0,
        0,
        Counts.NONE,
        false,
        List.of(Errors.describe("the beginning of the run", why)),
        null);
  }

  long deliveredPerSecond() {
    return seconds > 0 ? Math.round(delivered / seconds) : 0;
  }
}
