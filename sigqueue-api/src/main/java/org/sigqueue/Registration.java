package org.sigqueue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * That a subscriber wants a signal: from which of its accepted occurrences to which.
 *
 * <p>Occurrences of a signal are counted from 1 in the order in which the dispatcher takes them. A
 * registration covers those after {@link #start}, up to {@link #end}, which is open until somebody
 * stops it. The bounds make Stop exact while others keep the signal, and keep a subscriber that is
 * stopped and notified again from getting an occurrence twice.
 */
final class Registration {
  private static final long OPEN = Long.MAX_VALUE;

  final Subscriber subscriber;
  final int signal;
  final Tally tally;

  /** Completed by the dispatcher when it has delivered the last occurrence that this covers. */
  final CompletableFuture<Void> drained = new CompletableFuture<>();

  private final long start;
  private final AtomicLong end = new AtomicLong(OPEN);
  private volatile boolean stopping;

  Registration(Subscriber subscriber, int signal, long start) {
    this.subscriber = subscriber;
    this.signal = signal;
    this.tally = subscriber.tally(signal);
    this.start = start;
  }

  /** How many of the occurrences after the first number, up to the second, this covers. */
  long covered(long after, long upTo) {
    return Math.max(0, Math.min(upTo, end.get()) - Math.max(after, start));
  }

  /** Stops, but leaves the end open: senders in flight may still accept. */
  void stop() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /** Sets the end, unless it is set already. */
  void endAt(long ordinal) {
    end.compareAndSet(OPEN, ordinal);
  }

  /** Whether the end is not known yet. */
  boolean isOpen() {
    return end.get() == OPEN;
  }

  long end() {
    return end.get();
  }
}
