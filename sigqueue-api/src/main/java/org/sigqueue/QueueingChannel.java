package org.sigqueue;

import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/** A bounded queue of events; the bell only says that there are some. */
final class QueueingChannel extends SignalChannel {
  private static final int MAX_CAPACITY = 1 << 20;
  private static final int RING = 1; // any bit serves as the bell

  private final MpmcVarHandleArrayQueue<SignalEvent> events;

  QueueingChannel(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException("capacity " + capacity + " is not in 1.." + MAX_CAPACITY);
    }
    events = new MpmcVarHandleArrayQueue<>(Math.max(2, capacity));
  }

  @Override
  boolean offer(Delivery delivery, Tally tally) {
    SignalEvent event = delivery.event().withCount(delivery.count());
    if (!events.offer(event)) {
      tally.dropped.addAndGet(event.count());
      return false;
    }
    tally.deliver(event.count());
    bell.send(RING);
    return true;
  }

  @Override
  @Nullable SignalEvent next(long timeoutNanos) throws InterruptedException {
    SignalEvent event = events.poll();
    if (event == null && timeoutNanos > 0) {
      bell.receive(timeoutNanos);
      event = events.poll();
    }
    return event;
  }
}
