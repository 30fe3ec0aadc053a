package org.sigqueue;

import org.sigqueue.core.Occurrence;

/**
 * A short action on the dispatcher thread, for the lowest latency and no garbage. It may not block:
 * while it runs no signal is delivered to anybody.
 */
@FunctionalInterface
public interface InlineHandler {
  /**
   * Called for each occurrence of a signal.
   *
   * @param occurrence valid only during the call: the next one is written over it
   */
  void onSignal(Occurrence occurrence);
}
