package org.sigqueue.dispatch;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalBuffer;
import org.sigqueue.core.SignalSet;

/**
 * The events that wait for one consumer, between dispatch loops and a channel's takers or a
 * callback. Any thread may put; callers of {@link #poll} must synchronize. Nothing blocks.
 */
abstract sealed class Mailbox {
  /** Creates a mailbox that keeps events in this way. */
  static Mailbox of(SignalBuffer buffer) {
    return buffer.isCoalescing() ? new Coalescing() : Queueing.of(buffer.capacity());
  }

  /**
   * Adds an event, and all of its occurrences to its counter.
   *
   * @return false if it was dropped
   */
  abstract boolean put(RecordedEvent event, DeliveryCounter counter);

  /**
   * Whether there is none. Ordered among volatile accesses: false if a put has come so far that
   * {@link #poll} has something to take, or to wait for, of another thread that is putting.
   */
  abstract boolean isEmpty();

  /** Takes the next event; null if there is none. */
  abstract @Nullable RecordedEvent poll();

  /**
   * Drops the events that are left, and counts them for its subscriber. Callers must synchronize
   * with poll.
   */
  final void discard(Subscriber subscriber) {
    for (RecordedEvent event; (event = poll()) != null; ) {
      subscriber.counter(event.signal().number()).discard(event.count());
      event.vote().cast(false);
    }
  }

  /** One slot for each signal; the mask tells which slots are filled. */
  private static final class Coalescing extends Mailbox {
    private final AtomicReferenceArray<@Nullable RecordedEvent> slots =
        new AtomicReferenceArray<>(SignalSet.MAX + 1);
    private final AtomicLong filled = new AtomicLong();

    @Override
    boolean put(RecordedEvent event, DeliveryCounter counter) {
      int signal = event.signal().number();
      RecordedEvent earlier;
      do {
        earlier = slots.get(signal);
      } while (!slots.compareAndSet(signal, earlier, event.after(earlier)));
      if (earlier == null) {
        counter.deliver(event.count());
        setFilled(signal, true); // after the slot: see poll
      } else {
        counter.coalesce(event.count());
        earlier.vote().cast(false); // the consumer decides on the latest alone
      }
      return true;
    }

    /** Makes no object: for lack of memory, an event in its slot would have no bit. */
    private void setFilled(int signal, boolean isFilled) {
      long bit = SignalSet.bit(signal);
      long before;
      do {
        before = filled.get();
      } while (!filled.compareAndSet(before, isFilled ? before | bit : before & ~bit));
    }

    @Override
    boolean isEmpty() {
      return filled.get() == 0;
    }

    @Override
    @Nullable RecordedEvent poll() {
      // A bit can be set although its slot is empty: an earlier poll may have had the merged event.
      for (long bits; (bits = filled.get()) != 0; ) {
        int signal = Long.numberOfTrailingZeros(bits) + 1;
        setFilled(signal, false); // before the slot: see put
        RecordedEvent event = slots.getAndSet(signal, null);
        if (event != null) {
          return event;
        }
      }
      return null;
    }
  }

  /** A bounded queue; an event that finds it full is dropped. */
  private static final class Queueing extends Mailbox {
    private static final int MIN_CAPACITY = 2; // of the queue

    private final MpscAtomicArrayQueue<RecordedEvent> events;

    // Not a constructor call outside: to verify it, the VM would load this class with that.
    static Mailbox of(int capacity) {
      return new Queueing(capacity);
    }

    private Queueing(int capacity) {
      events = new MpscAtomicArrayQueue<>(Math.max(MIN_CAPACITY, capacity));
    }

    @Override
    boolean put(RecordedEvent event, DeliveryCounter counter) {
      if (!events.offer(event)) {
        counter.drop(event.count());
        return false;
      }
      counter.deliver(event.count());
      return true;
    }

    @Override
    boolean isEmpty() {
      return events.isEmpty();
    }

    @Override
    @Nullable RecordedEvent poll() {
      return events.poll();
    }
  }
}
