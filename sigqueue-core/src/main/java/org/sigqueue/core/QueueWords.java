package org.sigqueue.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * The words at which the senders and the receiver of a {@link SignalQueue} meet, wherever they
 * live.
 *
 * <p>Mask and state are two words, and a sender changes one and then reads the other, so all
 * accesses are sequentially consistent: with acquire and release alone, sender and receiver could
 * miss each other.
 */
abstract class QueueWords implements NoteWord {
  private static final VarHandle RECEIVER;

  static {
    try {
      RECEIVER = MethodHandles.lookup().findVarHandle(QueueWords.class, "receiver", Receiver.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Receiver receiver; // null: the role is free

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

  /**
   * Tells senders outside of Java how to wake a note. Only for the owner of the role, awake.
   *
   * @throws IllegalArgumentException if they cannot
   */
  void setWakeMethod(ParkingStrategy strategy, Note note) {}

  /** Whether this is the owner of the receiver's role. */
  boolean isReceiver(Receiver candidate) {
    return receiver == candidate;
  }

  /**
   * Wakes the receiver. Only for the sender that has ended WAITING: that has an owner, and stays.
   */
  void wakeReceiver() {
    Objects.requireNonNull(receiver).wakeup();
  }

  /** Claims the role (from null) or gives it up (to null), if its owner is as expected. */
  boolean casReceiver(@Nullable Receiver expected, @Nullable Receiver update) {
    return RECEIVER.compareAndSet(this, expected, update);
  }
}
