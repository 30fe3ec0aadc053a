package org.sigqueue.dispatch;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigqueue.DeliveryStats;
import org.sigqueue.core.SignalSet;

/**
 * A party that can be registered for signals, as the dispatch loop sees it: a channel, a callback
 * or a context.
 */
public abstract class Subscriber {
  private final AtomicReferenceArray<@Nullable DeliveryCounter> counters =
      new AtomicReferenceArray<>(SignalSet.MAX + 1);

  /**
   * Takes an occurrence, and adds all of it to the counter. Dispatch loop only; never blocks. What
   * it throws costs this subscriber this occurrence.
   *
   * @return false if it was dropped
   */
  abstract boolean offer(Delivery offer, DeliveryCounter counter);

  /**
   * Nothing will be offered any more, because the dispatch loop has failed. Never blocks and calls
   * no code of a user.
   */
  abstract void fail(Throwable why);

  /** The exception to refuse a registration with; null while this takes registrations. */
  abstract @Nullable RuntimeException refusal();

  /**
   * Whether this votes on the previous action; if not, an occurrence that it gets counts as
   * handled.
   */
  boolean votes() {
    return false;
  }

  /** Whether the order in which occurrences were recorded matters to this. */
  boolean keepsOrder() {
    return false;
  }

  /** Whether {@link #offer} runs code of a user on the dispatch loop. */
  boolean isInline() {
    return false;
  }

  /**
   * Whether the dispatch loop's own thread has to call {@link #offer}, and no borrower of its role:
   * that runs code of a user, or may take the previous action.
   */
  boolean needsLoop() {
    return isInline() || votes();
  }

  /**
   * Gives it the lending of the loop that dispatches its signals; the last one counts. Callers hold
   * the hub's lock.
   */
  void dispatchedBy(Lending lending) {}

  /** Ends calls of user code: none starts after the return. Never blocks; idempotent. */
  void shut() {}

  /**
   * Waits until all events were handled and no code of the user is running, but not longer than so
   * many nanoseconds; a call on this thread is not waited for.
   *
   * @return whether that is so
   */
  boolean awaitIdle(long timeoutNanos) throws InterruptedException {
    return true;
  }

  /** How many calls of user code have failed. */
  long failures() {
    return 0;
  }

  /** The counter of a signal: one for the life of the subscriber. */
  final DeliveryCounter counter(int signal) {
    DeliveryCounter counter = counters.get(signal);
    if (counter == null) {
      DeliveryCounter created = new DeliveryCounter();
      counter = counters.compareAndSet(signal, null, created) ? created : counters.get(signal);
    }
    return Objects.requireNonNull(counter);
  }

  /** The outcome of the occurrences of one signal. */
  public final DeliveryStats statsOf(int signal) {
    DeliveryCounter counter = counters.get(signal);
    return counter == null ? new DeliveryStats(0, 0, 0) : counter.snapshot();
  }

  /** The outcome of the occurrences of all signals. */
  public final DeliveryStats stats() {
    DeliveryStats sum = new DeliveryStats(0, 0, 0);
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      sum = sum.plus(statsOf(signal));
    }
    return sum;
  }
}
