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
  private static final VarHandle LOAN;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RECEIVER = lookup.findVarHandle(QueueWords.class, "receiver", Receiver.class);
      LOAN = lookup.findVarHandle(QueueWords.class, "loan", Loan.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Receiver receiver; // null: the role is free
  private volatile @Nullable Loan loan; // whose borrower uses the borrower's note; null: nobody

  /** Adds signals to the pending set and returns the set as it was. */
  abstract long orMask(long bits);

  /** Reads the pending set, in the total order of all changes of state and mask. */
  abstract long maskVolatile();

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

  /** The word of the borrower's note, beside the owner's, which this is. */
  abstract NoteWord newLoanWord();

  /** The same as {@link #setWakeMethod} for the borrower's note. Only before the role is lent. */
  void setLoanWakeMethod(Note note) {}

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

  /**
   * Wakes the borrower. The thread that has ended LENT calls this, once. The place of the loan
   * stays taken until the borrower has consumed the wakeup.
   */
  void wakeBorrower(boolean isRecall) {
    Objects.requireNonNull(loan).wakeup(isRecall);
  }

  /**
   * Takes the one place for a borrower (from null) or leaves it (to null), if it is as expected.
   */
  boolean casLoan(@Nullable Loan expected, @Nullable Loan update) {
    return LOAN.compareAndSet(this, expected, update);
  }

  /** Claims the role (from null) or gives it up (to null), if its owner is as expected. */
  boolean casReceiver(@Nullable Receiver expected, @Nullable Receiver update) {
    return RECEIVER.compareAndSet(this, expected, update);
  }
}
