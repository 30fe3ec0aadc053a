package org.sigqueue.core;

import static org.sigqueue.core.SignalQueue.ACTIVE;
import static org.sigqueue.core.SignalQueue.CLOSED;
import static org.sigqueue.core.SignalQueue.LENT;
import static org.sigqueue.core.SignalQueue.PENDING;
import static org.sigqueue.core.SignalQueue.WAITING;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * The receiving side of a {@link SignalQueue}: a role that one owner claims with {@link
 * SignalQueue#claim}, and ends with {@link #close}. The header of {@code SignalQueue} describes the
 * protocol.
 *
 * <p>Any thread may receive, one at a time. Every method throws {@link IllegalStateException} once
 * the role has ended, while another thread is inside a receiving method, and, except {@link
 * #endWait} and {@link #close}, between {@link #beginWait} and {@link #endWait}.
 */
public final class Receiver implements AutoCloseable {
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private final QueueWords words;
  private final Note note; // senders read it after they have ended WAITING
  private final Loan loan;
  private long received; // the receiver's private copy of the mask
  private boolean waiting; // between beginWait and endWait

  /** The thread inside a receiving method; guards against a second one. */
  private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

  private Receiver(QueueWords words, ParkingStrategy strategy) {
    this.words = words;
    this.note = strategy.newNote(words);
    this.loan = new Loan(words, this, strategy);
  }

  static Receiver claim(QueueWords words, ParkingStrategy strategy) {
    // Creating a note changes nothing that the queue's receiver could see.
    Receiver receiver = new Receiver(words, strategy);
    if (!words.casReceiver(null, receiver)) {
      receiver.note.close();
      throw new IllegalStateException("the queue has a receiver already");
    }
    try {
      words.setWakeMethod(strategy, receiver.note);
    } catch (RuntimeException e) {
      receiver.release();
      throw e;
    }
    receiver.note.clear();
    words.casState(CLOSED, PENDING);
    return receiver;
  }

  /**
   * Waits for a signal; of several pending ones, those of one look at the mask come in ascending
   * order.
   *
   * @return the signal, or 0 if the queue is closed and empty
   * @throws InterruptedException if interrupted while nothing was pending; no signal is lost
   */
  public int receive() throws InterruptedException {
    return receive(Note.FOREVER);
  }

  /**
   * Waits for a signal, but not longer than the timeout.
   *
   * @param timeoutNanos nanoseconds; not positive means not to wait
   * @return the signal, or 0 if none came in time or the queue is closed and empty
   * @throws InterruptedException if interrupted while nothing was pending; no signal is lost
   */
  public int receive(long timeoutNanos) throws InterruptedException {
    enter();
    try {
      boolean timed = timeoutNanos > 0 && timeoutNanos != Note.FOREVER;
      long start = timed ? System.nanoTime() : 0;
      long left = timeoutNanos;
      while (received == 0) {
        boolean last = left <= 0 || isClosed(); // before the look, which then misses nothing
        received = look(left, true);
        if (received == 0 && last) {
          return 0;
        }
        left = timed ? timeoutNanos - (System.nanoTime() - start) : left;
      }
      int signal = Long.numberOfTrailingZeros(received) + 1;
      received &= received - 1;
      return signal;
    } finally {
      leave();
    }
  }

  /**
   * Takes a pending signal if there is one; else returns 0. Never waits. See {@link #receive()}.
   */
  public int poll() {
    try {
      return receive(0);
    } catch (InterruptedException e) {
      throw new AssertionError("only a wait can be interrupted", e);
    }
  }

  /**
   * Waits until something is announced and takes all pending signals at once.
   *
   * @param timeoutNanos nanoseconds, or {@link Note#FOREVER}; not positive means not to wait
   * @return the signals as bits (signal n is bit n - 1); 0 after a bare {@link
   *     SignalQueue#announce}, on timeout, and if the queue is closed and empty
   * @throws InterruptedException if interrupted while nothing was announced; no signal is lost
   */
  public long receiveSet(long timeoutNanos) throws InterruptedException {
    enter();
    try {
      long bits = received;
      received = 0;
      return bits != 0 ? bits : look(timeoutNanos, true);
    } finally {
      leave();
    }
  }

  /**
   * As {@link #receiveSet} for ever, but an interrupt does not end the wait, and its status is
   * cleared: for a thread that no code has a reason to interrupt. Such a thread never wakes while
   * there is nothing to receive; on JDKs before 23 an interruptible one wakes now and then to look.
   *
   * @return the signals as bits; 0 after a bare {@link SignalQueue#announce}, and if the queue is
   *     closed and empty
   */
  public long receiveSetUninterruptibly() {
    enter();
    try {
      long bits = received;
      received = 0;
      return bits != 0 ? bits : look(Note.FOREVER, false);
    } catch (InterruptedException e) {
      throw new AssertionError("an interrupt does not end this wait", e);
    } finally {
      leave();
    }
  }

  /**
   * Starts a wait that happens outside, in an event loop that waits for {@link #wakeFd()} beside
   * other things. Never blocks. The next call is {@link #endWait}.
   *
   * @return false if no wait was started: either there is something to receive first, with {@link
   *     #poll} or {@link #receiveSet}, or the queue is closed, so that no wait starts any more
   * @throws IllegalStateException if the parking strategy has no descriptor to wait for
   */
  public boolean beginWait() {
    if (wakeFd() < 0) {
      throw new IllegalStateException("the parking strategy has no descriptor to wait for");
    }
    enter();
    try {
      if (received != 0) {
        return false;
      }
      // Before WAITING: the sender that ends it must see that the word alone does not wake.
      note.arm();
      waiting = words.casState(ACTIVE, WAITING);
      if (!waiting) {
        note.disarm();
      }
      return waiting;
    } finally {
      leave();
    }
  }

  /**
   * Ends the wait that {@link #beginWait} has started, for whatever reason the event loop stops
   * waiting, and makes the descriptor unreadable. Does nothing if no wait was started, so that it
   * may stand in a {@code finally}. Signals that were sent are received after this. Blocks for the
   * moment in which a sender that has ended the wait is still waking.
   */
  public void endWait() {
    if (!waiting) {
      return;
    }
    waiting = false;
    note.disarm();
    boolean unused = withdraw(LOOK_AGAIN_NANOS);
  }

  /** The descriptor that becomes readable when a wait has to end; -1 if the strategy has none. */
  public int wakeFd() {
    return note.wakeFd();
  }

  /** The loan of the role, for threads that wait for events of this receiver. Any thread. */
  public Loan loan() {
    return loan;
  }

  /**
   * Ends the role: closes the queue, and frees the resources of the parking strategy, such as a
   * descriptor. Signals in the mask wait for the next receiver. Never blocks; idempotent.
   */
  @Override
  public void close() {
    if (!words.isReceiver(this)) {
      return;
    }
    endWait();
    enter();
    try {
      words.swapState(CLOSED); // ACTIVE, PENDING or CLOSED before: no sender owes a wakeup
      release();
    } finally {
      leave();
    }
  }

  private void release() {
    note.close();
    words.casReceiver(this, null);
    loan.free();
  }

  /**
   * Wakes the receiver. The thread that has ended WAITING calls this once, or a borrower that has
   * the role.
   */
  void wakeup() {
    note.wakeup();
  }

  private boolean isClosed() {
    return words.stateVolatile() == CLOSED;
  }

  /** Waits for the next announcement, at most so long, and returns the signals of the mask. */
  private long look(long timeoutNanos, boolean interruptible) throws InterruptedException {
    note.fetch();
    for (; ; ) {
      int state = words.stateVolatile();
      switch (state) {
        case ACTIVE -> {
          if (timeoutNanos <= 0) {
            return words.swapMask();
          }
          if (words.casState(ACTIVE, WAITING)) {
            sleep(timeoutNanos, interruptible);
            return words.swapMask();
          }
        }
        case PENDING -> {
          if (words.casState(PENDING, ACTIVE)) {
            return words.swapMask();
          }
        }
        case CLOSED -> {
          return words.swapMask();
        }
        default -> throw new InconsistentStateException("state " + state + " in receive");
      }
    }
  }

  private void sleep(long timeoutNanos, boolean interruptible) throws InterruptedException {
    boolean woken = true;
    boolean failed = true;
    try {
      if (interruptible) {
        woken = note.sleep(timeoutNanos);
      } else {
        note.sleepUninterruptibly();
      }
      failed = false;
    } finally {
      if (failed) {
        boolean unused = withdraw(0); // blocking has failed
      }
    }
    if (woken) {
      note.clear();
      return;
    }
    if (withdraw(LOOK_AGAIN_NANOS) && Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /**
   * Ends a wait for another reason than its wakeup. If another thread has ended it, awaits the one
   * wakeup: it is not for the next sleep. A borrower that has the role may give it back asleep, so
   * the state is looked at again and again.
   *
   * @return false if another thread has ended it
   */
  private boolean withdraw(long lookAgainNanos) {
    boolean interrupted = false;
    boolean withdrawn = takeBack();
    while (!withdrawn && !note.sleep(lookAgainNanos)) {
      interrupted |= Thread.interrupted();
      Thread.onSpinWait();
      withdrawn = takeBack();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    note.clear();
    return withdrawn;
  }

  private boolean takeBack() {
    if (words.casState(WAITING, ACTIVE)) {
      return true;
    }
    boolean wasLent = words.casState(LENT, ACTIVE);
    if (wasLent) {
      words.wakeBorrower(true);
    }
    return wasLent;
  }

  /** Awaits a wakeup that is under way, however often this thread is interrupted. */
  static void awaitWakeup(Note note) {
    boolean interrupted = false;
    while (!note.sleep(Note.FOREVER)) {
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void enter() {
    Thread other = thread.compareAndExchange(null, Thread.currentThread());
    if (other != null) {
      throw new IllegalStateException("already receiving in thread " + other.getName());
    }
    if (waiting || !words.isReceiver(this)) {
      leave();
      throw new IllegalStateException(
          waiting ? "a wait has begun; end it first" : "this receiver has ended");
    }
  }

  private void leave() {
    thread.setRelease(null);
  }
}
