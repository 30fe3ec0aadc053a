package org.sigqueue.core;

import static org.sigqueue.core.SignalQueue.ACTIVE;
import static org.sigqueue.core.SignalQueue.LENT;
import static org.sigqueue.core.SignalQueue.WAITING;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * The loan of a {@link Receiver}'s role: while its owner sleeps, a thread that waits for what the
 * owner would give it may borrow the role, so that the next signal wakes this thread and no other.
 * The header of {@link SignalQueue} describes the protocol.
 *
 * <p>There is one loan at a time. Any thread may ask for it. After {@link Result#ROLE} the
 * borrower, and nobody else, may do what the owner does, until {@link #giveBack}: what the owner
 * did before is visible to it, and what it does to the owner.
 */
public final class Loan {
  /** The result of a call of {@link Loan#borrow}. */
  public enum Result {
    /** Nothing was lent: the owner is awake, or a signal is pending, or another thread borrows. */
    REFUSED,
    /** The loan has ended without a signal: there is news, it was recalled, or the time is over. */
    ENDED,
    /** The caller has the role. {@link Loan#giveBack} comes next, whatever happens. */
    ROLE
  }

  private final QueueWords words;
  private final Receiver owner;
  private final ParkingStrategy strategy;

  // Written by the thread that has the place in the words. The thread that ends LENT reads the
  // note, and writes the other field before the wakeup.
  private @Nullable Note note;
  private boolean recalled;

  Loan(QueueWords words, Receiver owner, ParkingStrategy strategy) {
    this.words = words;
    this.owner = owner;
    this.strategy = strategy;
  }

  /**
   * Borrows the role and waits: for a signal, with which the caller has the role, for {@link
   * #recall}, or for the end of the queue. Never waits if it is refused.
   *
   * @param timeoutNanos nanoseconds, or {@link Note#FOREVER}; not positive is refused
   * @param news asked once, after the role is lent, so that nothing which the owner did before is
   *     missed: whether the caller has a reason not to wait; must not throw or block
   * @throws InterruptedException if interrupted while it waited; the role is not the caller's then
   */
  public Result borrow(long timeoutNanos, BooleanSupplier news) throws InterruptedException {
    // Not while a signal is pending: its sender is about to announce it, and a borrower that gives
    // up and comes back could change the state between its look and its CAS, again and again.
    if (timeoutNanos <= 0 || words.maskVolatile() != 0 || !words.casLoan(null, this)) {
      return Result.REFUSED;
    }
    Result result = Result.REFUSED;
    try {
      result = await(prepared(), timeoutNanos, news);
      return result;
    } finally {
      if (result != Result.ROLE) {
        leave();
      }
    }
  }

  private Note prepared() {
    Note prepared = note;
    if (prepared == null) {
      prepared = strategy.newNote(words.newLoanWord());
      note = prepared;
    }
    words.setLoanWakeMethod(prepared);
    recalled = false;
    return prepared;
  }

  private Result await(Note own, long timeoutNanos, BooleanSupplier news)
      throws InterruptedException {
    boolean unused = own.fetch(); // tells it whether to spin; what is pending has woken the owner
    if (!words.casState(WAITING, LENT)) {
      return Result.REFUSED;
    }
    // From here to the end of the loan nobody else gets the role: its owner sleeps.
    boolean stale = !words.isReceiver(owner);
    boolean hasNews = stale;
    boolean woken = false;
    boolean failed = true;
    try {
      hasNews = stale || news.getAsBoolean();
      woken = !hasNews && own.sleep(timeoutNanos);
      failed = false;
    } finally {
      if (failed && !takeBack()) {
        while (!own.sleep(0)) {
          Thread.onSpinWait(); // blocking has failed
        }
        returnUnlessRecalled();
      }
    }
    if (!woken && takeBack()) {
      if (!hasNews && Thread.interrupted()) {
        throw new InterruptedException();
      }
      return stale ? Result.REFUSED : Result.ENDED;
    }
    Receiver.awaitWakeup(own);
    if (stale) {
      returnUnlessRecalled();
      return Result.REFUSED;
    }
    return recalled ? Result.ENDED : Result.ROLE;
  }

  /** Fails if another thread has ended the loan; then its one wakeup is under way. */
  private boolean takeBack() {
    return words.casState(LENT, WAITING);
  }

  /**
   * Takes the pending signals. Only with the role.
   *
   * @return the signals as bits (signal n is bit n - 1); 0 after a bare {@link
   *     SignalQueue#announce}
   */
  public long take() {
    return words.swapMask();
  }

  /**
   * Gives the role back. Only with the role, and once. Never blocks.
   *
   * @param asleep whether the owner may sleep on; it wakes all the same, if something was announced
   *     since the signal that has brought the role, or the queue is closed
   * @return whether the owner sleeps on
   */
  public boolean giveBack(boolean asleep) {
    try {
      if (asleep && words.casState(ACTIVE, WAITING)) {
        return true;
      }
      returnAwake();
      return false;
    } finally {
      leave();
    }
  }

  /**
   * Wakes the owner. It has slept since WAITING; as the state is another one now, no sender wakes
   * it.
   */
  private void returnAwake() {
    words.wakeReceiver();
  }

  private void returnUnlessRecalled() {
    if (!recalled) {
      returnAwake();
    }
  }

  /**
   * Ends the loan, if there is one that waits: its borrower returns without the role, and the owner
   * sleeps on. For a caller that has something for the borrower that is not a signal of this queue.
   * Any thread; never blocks.
   */
  public void recall() {
    if (takeBack()) {
      words.wakeBorrower(true);
    }
  }

  /** Wakes the borrower. The thread that has ended LENT calls this, once. */
  void wakeup(boolean isRecall) {
    recalled = isRecall;
    Note own = note;
    if (own != null) { // always: it was there before LENT
      own.wakeup();
    }
  }

  private void leave() {
    Note own = note;
    if (own != null) {
      own.clear();
    }
    words.casLoan(this, null);
    free();
  }

  /**
   * Frees the note, if the owner has ended and there is no borrower. Called when either becomes
   * true: both are volatile, so the second to be sees the first.
   */
  void free() {
    if (!words.isReceiver(owner) && words.casLoan(null, this)) {
      Note own = note;
      note = null;
      words.casLoan(this, null);
      if (own != null) {
        own.close();
      }
    }
  }
}
