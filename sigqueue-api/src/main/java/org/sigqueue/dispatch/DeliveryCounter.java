package org.sigqueue.dispatch;

import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.DeliveryStats;

/** The outcome of the occurrences of one signal that were meant for one subscriber. */
final class DeliveryCounter {
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong coalesced = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();

  /** Counts occurrences that became one event. */
  void deliver(long count) {
    delivered.incrementAndGet();
    if (count > 1) {
      coalesced.addAndGet(count - 1);
    }
  }

  /** Counts occurrences that were added to an earlier event. */
  void coalesce(long count) {
    coalesced.addAndGet(count);
  }

  /** Counts occurrences that were dropped. */
  void drop(long count) {
    dropped.addAndGet(count);
  }

  /** Counts the occurrences of an event that was delivered, but nobody took, as dropped. */
  void discard(long count) {
    delivered.decrementAndGet();
    coalesced.addAndGet(1 - count);
    dropped.addAndGet(count);
  }

  DeliveryStats snapshot() {
    return new DeliveryStats(delivered.get(), coalesced.get(), dropped.get());
  }
}
