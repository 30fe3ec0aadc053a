package org.sigqueue.stress;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Delivery;

/**
 * What came out of a run; as JSON it has these names in this order.
 *
 * @param delivery how the kernel delivered the signal: handler, steered or exclusive
 * @param channels how many channels each signal was meant for: what was accepted is as many times
 *     in what was delivered, coalesced and dropped
 * @param seconds how long signals were sent
 * @param sent how many signals were sent, the last one included
 * @param accepted how many of them reached the handler; the kernel merges those that it holds
 *     already
 * @param delivered how many became an event of their own
 * @param coalesced how many were added to another event
 * @param dropped how many found the channel full
 * @param lastSignalDelivered whether the signal that was sent after the storm came in time
 * @param failures what went wrong, in words; null if the run has passed
 * @param footprint what the process held of memory, threads and descriptors, in words; null for
 *     scenarios that do not look
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

  /** The result of a run that could not begin. */
  static RunResult aborted(Scenario scenario, RunParameters run, Exception why) {
    return new RunResult(
        scenario.name(),
        run.parking().name(),
        Converters.Deliveries.text(run.delivery() == null ? Delivery.HANDLER : run.delivery()),
        run.workers(),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        false,
        false,
        List.of(Incidents.describe("the beginning of the run", why)),
        null);
  }

  long deliveredPerSecond() {
    return seconds > 0 ? Math.round(delivered / seconds) : 0;
  }
}
