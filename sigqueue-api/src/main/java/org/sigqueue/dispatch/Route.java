package org.sigqueue.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One subscriber's interest in one signal, covering the occurrences (start, end].
 *
 * <p>Occurrences of a signal are counted from 1 in the order in which the dispatch loop takes them.
 * The start is fixed at registration; the end is open until the route is stopped. The bounds make
 * Stop exact while others keep the signal, and keep a subscriber that is stopped and registered
 * again from getting an occurrence twice.
 */
final class Route {
  private static final long OPEN = Long.MAX_VALUE;

  final Subscriber subscriber;
  final int signal;
  final DeliveryCounter counter;

  /** The registrations that hold this route; it stops with the last. Guarded by the hub's lock. */
  final List<HubRegistration> holders = new ArrayList<>(1);

  /** Whether its end puts the disposition back: not if Ignore is among the calls that end it. */
  boolean restores = true; // guarded by the hub's lock

  private final long start;
  private final AtomicLong end = new AtomicLong(OPEN);
  private volatile boolean stopping;
  private volatile boolean settled;
  private volatile boolean cut;
  private volatile boolean outlivedHandler;

  private final Gate drained = new Gate(); // the last occurrence was delivered, or it was cut

  Route(Subscriber subscriber, int signal, long start) {
    this.subscriber = subscriber;
    this.signal = signal;
    this.counter = subscriber.counter(signal);
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

  /** Lets the loop drain it: nobody else has anything left to do. */
  void settle() {
    settled = true;
  }

  boolean isSettled() {
    return settled;
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

  /**
   * Ends the wait for a drain that does not come: nothing is offered any more.
   *
   * @param byHandler whether it is a signal handler that does not come back
   */
  void cut(long accepted, boolean byHandler) {
    outlivedHandler = byHandler; // before the cut, after which the loop reads it
    cut = true; // volatile; pairs with the loop, which says what it runs and then reads this
    endAt(accepted);
    setDrained();
  }

  /** Releases all threads that wait for the end of the route. */
  void setDrained() {
    drained.open();
  }

  boolean isDrained() {
    return drained.isOpen();
  }

  /** As {@link Gate#await}; returns whether the route is drained. */
  boolean awaitDrained(long limitNanos) {
    return drained.await(limitNanos);
  }

  boolean isCut() {
    return cut;
  }

  /** Whether it was cut because a signal handler has not come back. */
  boolean hasOutlivedHandler() {
    return outlivedHandler;
  }
}
