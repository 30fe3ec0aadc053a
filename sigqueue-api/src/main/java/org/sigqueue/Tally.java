package org.sigqueue;

import java.util.concurrent.atomic.AtomicLong;

/** What became of the occurrences of one signal that were meant for one subscriber. */
final class Tally {
  final AtomicLong delivered = new AtomicLong();
  final AtomicLong coalesced = new AtomicLong();
  final AtomicLong dropped = new AtomicLong();

  /** Counts occurrences that became one event. */
  void deliver(long count) {
    delivered.incrementAndGet();
    if (count > 1) {
      coalesced.addAndGet(count - 1);
    }
  }

  DeliveryStats snapshot() {
    return new DeliveryStats(delivered.get(), coalesced.get(), dropped.get());
  }
}
