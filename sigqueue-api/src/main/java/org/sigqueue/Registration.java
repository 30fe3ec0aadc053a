package org.sigqueue;

import java.time.Duration;

/**
 * The handle of a channel, a callback or a context that was registered for signals. It knows all
 * there is to undo.
 *
 * <p>All methods may be called from any thread: a callback, an inline handler, the thread of an
 * executor, a shutdown hook.
 */
public interface Registration extends AutoCloseable {
  /**
   * Ends the delivery of all its signals. A signal that was accepted before the call is delivered
   * to a channel on return, a later one takes its previous action. A signal that nobody else wants
   * gets its previous disposition back. No callback starts after the return; one that is running
   * goes on, and events that wait for one are dropped and counted. Waits for the dispatcher, which
   * takes microseconds; where code of a user keeps the dispatcher, a second at most. Idempotent.
   */
  @Override
  void close();

  /**
   * Ends the delivery as {@link #close()} does, and lets the callback handle the events that were
   * accepted before, for a limited time. Those that its executor refuses are dropped and counted.
   *
   * @param timeout how long to wait; then the events that are left are dropped and counted
   * @return whether no event waits and no callback is running, except on this thread; {@link
   *     #stats} tells whether some were dropped instead of handled
   * @throws InterruptedException if interrupted while waiting; the delivery has ended then
   */
  boolean close(Duration timeout) throws InterruptedException;

  /**
   * Ends the delivery of some of its signals, as {@link #close()} does for all; but events of them
   * that wait for the callback are still handled, after the return, too.
   *
   * @throws IllegalArgumentException if no signal is given
   */
  void remove(Signal... signals);

  /** The outcome of the occurrences that were meant for this registration. */
  DeliveryStats stats();

  /** How many calls of the callback have thrown, or were refused by its executor. */
  long failures();
}
