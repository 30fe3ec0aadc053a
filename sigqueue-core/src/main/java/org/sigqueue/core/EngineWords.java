package org.sigqueue.core;

/**
 * The words that senders and the receiver of a {@link SignalQueue} meet at, wherever they live.
 *
 * <p>Mask and state are two words, and a sender changes one and then reads the other, so all
 * accesses are sequentially consistent: acquire and release alone would let a sender miss the
 * receiver that misses it.
 */
abstract class EngineWords implements NoteWord {
  /** Adds signals to the pending set and returns the set as it was. */
  abstract long orMask(long bits);

  /** Empties the pending set and returns it as it was. */
  abstract long swapMask();

  /** Reads the state, in the total order of all changes of state and mask. */
  abstract int stateVolatile();

  /** Changes the state, if it is as expected. */
  abstract boolean casState(int expected, int update);

  /** Sets the state and returns it as it was. */
  abstract int swapState(int update);
}
