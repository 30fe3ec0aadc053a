package org.sigqueue.core;

import org.jspecify.annotations.Nullable;

/**
 * Heap words on which a signal handler interrupts the receiver, once, right after the change of the
 * state by which it asks to be woken: a second sender in the receiver's own thread.
 */
final class InterruptedWords extends HeapQueueWords {
  private final int asking;
  private @Nullable Runnable handler;

  /**
   * Creates words that nothing interrupts yet.
   *
   * @param asking the state that asks for a wakeup
   */
  InterruptedWords(int asking) {
    this.asking = asking;
  }

  /** Has the next change to the state that asks for a wakeup interrupted. */
  void interruptBy(Runnable sending) {
    handler = sending;
  }

  @Override
  boolean casState(int expected, int update) {
    boolean changed = super.casState(expected, update);
    Runnable interrupting = handler;
    if (changed && update == asking && interrupting != null) {
      handler = null;
      interrupting.run();
    }
    return changed;
  }
}
