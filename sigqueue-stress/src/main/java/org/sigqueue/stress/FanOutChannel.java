package org.sigqueue.stress;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;

/** One channel of {@link FanOut}, with the count of what was taken from it. */
final class FanOutChannel {
  private static final int CAPACITY = 64;

  final String name;
  final SignalChannel channel;

  // Written by the collector, and by another thread when the collector has ended.
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong occurrences = new AtomicLong();

  /** Every other channel queues; the ones between coalesce. */
  FanOutChannel(int number) {
    boolean queues = number % 2 == 0;
    name = "channel " + number + (queues ? " (queueing)" : " (coalescing)");
    channel = queues ? SignalChannel.queueing(CAPACITY) : SignalChannel.coalescing();
  }

  /** Takes all events that are there; whether there were any. */
  boolean collect(Collection<SignalEvent> buffer) {
    buffer.clear();
    channel.drainTo(buffer);
    for (SignalEvent event : buffer) {
      events.setRelease(events.getPlain() + 1);
      occurrences.setRelease(occurrences.getPlain() + event.count());
    }
    return !buffer.isEmpty();
  }

  long events() {
    return events.getAcquire();
  }

  long occurrences() {
    return occurrences.getAcquire();
  }
}
