package org.sigqueue;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Delivery;

/**
 * On which terms a notifier receives signals.
 *
 * @param takeOverIgnored also those that were ignored when the process started
 * @param delivery how the kernel is to deliver them, unless it is said for one; null if not chosen
 * @param deliveries how it is to deliver these
 */
record Terms(
    boolean takeOverIgnored, @Nullable Delivery delivery, Map<Signal, Delivery> deliveries) {
  /** The delivery that was asked for; null if none was. */
  @Nullable Delivery chosen(Signal signal) {
    Delivery own = deliveries.get(signal);
    return own != null ? own : delivery;
  }

  /**
   * The delivery to try where none was asked for: real-time signals would lose their order if
   * several threads could get them.
   */
  static Delivery usual(Signal signal) {
    return signal.isRealTime() ? Delivery.EXCLUSIVE : Delivery.HANDLER;
  }
}
