package org.sigqueue;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;

/** One slot for each signal; the bell carries which slots are filled. */
final class CoalescingChannel extends SignalChannel {
  private final AtomicReferenceArray<@Nullable SignalEvent> slots =
      new AtomicReferenceArray<>(SignalSet.MAX + 1);

  @Override
  boolean offer(Delivery delivery, Tally tally) {
    SignalEvent event = delivery.event().withCount(delivery.count());
    int signal = event.signal().number();
    SignalEvent earlier;
    do {
      earlier = slots.get(signal);
    } while (!slots.compareAndSet(signal, earlier, event.after(earlier)));
    if (earlier == null) {
      tally.deliver(event.count());
    } else {
      tally.coalesced.addAndGet(event.count());
    }
    bell.send(signal);
    return true;
  }

  @Override
  @Nullable SignalEvent next(long timeoutNanos) throws InterruptedException {
    // A slot can be empty although the bell rang: an earlier take may have had the merged event.
    long left = timeoutNanos;
    for (int signal; (signal = bell.receive(left)) != 0; left = 0) {
      SignalEvent event = slots.getAndSet(signal, null);
      if (event != null) {
        return event;
      }
    }
    return null;
  }
}
