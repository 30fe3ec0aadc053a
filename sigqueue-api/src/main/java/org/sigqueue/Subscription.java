package org.sigqueue;

/**
 * That a callback is called for signals, until {@link #close}. See {@link Signals#subscribe} and
 * {@link Signals#subscribeInline}.
 */
public interface Subscription extends AutoCloseable {
  /**
   * Ends the subscription. A signal that was accepted before the call is delivered, a later one
   * takes the action of before. On return no callback of it is running and none follows, except
   * that a callback which calls this itself goes on. Idempotent; any thread.
   */
  @Override
  void close();

  /** What became of the occurrences that were meant for this subscription. */
  DeliveryStats stats();

  /** How many calls of the callback have thrown. Each is logged. */
  long failures();
}
