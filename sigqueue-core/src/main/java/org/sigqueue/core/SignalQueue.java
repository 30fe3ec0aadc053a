package org.sigqueue.core;

import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * A set of pending signals between many senders and one receiver, after the signal queue of the Go
 * runtime ({@code runtime/sigqueue.go}, with the fix of Go issue 4383).
 *
 * <p>This is the senders' side: any thread may call every method here, and signal handlers in C do
 * the same if the words are shared with them. {@link #claim} gives out the receiving side. A signal
 * that is sent again before it was received is received once. What a sender did before {@code send}
 * is visible to the receiver of that signal.
 */
public final class SignalQueue implements AutoCloseable {
  /*
   * Senders may be signal handlers: they cannot block, allocate or take a lock, and one may interrupt
   * another, or the receiver, at any instruction. So there are no locks. Any number of senders and one
   * receiver meet at one word, the state. Beside it stand the mask, which is the set of pending
   * signals, and a note, on which the receiver sleeps.
   *
   * The state is a promise:
   *   ACTIVE   The receiver is awake, and no signal has been announced since it last looked.
   *   PENDING  The mask may hold signals; the receiver looks at it again before it sleeps.
   *   WAITING  The receiver is asleep on the note, or about to be, and no signal has been announced.
   *   LENT     As WAITING, and a borrower sleeps on a note of its own, which is the one to wake.
   *   CLOSED   The receiver does not sleep any more, or there is none.
   *
   * A sender publishes what goes with its signal, adds the signal to the mask, and announces it:
   *   ACTIVE -> PENDING   The receiver will look before it sleeps.
   *   WAITING -> ACTIVE   The sender that makes this change owes the receiver exactly one wakeup.
   *   LENT -> ACTIVE      It owes the borrower exactly one wakeup, with which that has the role.
   *   PENDING, CLOSED     Nothing to do: the receiver is going to look, or gone.
   * If its signal was in the mask already, the sender returns at once: the sender that added it
   * announces it after that, and the receiver empties the mask after the announcement.
   *
   * The receiver, when its private copy is used up:
   *   PENDING -> ACTIVE   Then it looks at the mask.
   *   ACTIVE -> WAITING   Then it sleeps on the note, clears it and looks at the mask.
   *   WAITING -> ACTIVE   After a sleep that a timeout or an interrupt has ended it withdraws its
   *                       WAITING. If a sender was first, its one wakeup is under way and is awaited.
   *   LENT -> ACTIVE      The same while it is lent; the borrower is owed one wakeup, without the role.
   *                       If the borrower has the role, it is awaited: it wakes the receiver or sleeps.
   * To look is to swap the mask with zero. Finding WAITING or LENT on entry is a bug and is thrown.
   * Where signals wait for the receiver in the kernel, the receiver is a sender too: it fetches them
   * before it looks, and its sleep may end with one that it sends itself.
   *
   * The receiver's role has an owner. One CAS claims it, before anything else changes, so that a
   * second claim is refused without a trace:
   *   CLOSED -> PENDING   by a receiver that has claimed the role; it receives what the mask holds.
   *   any -> CLOSED       by close, or by the end of the receiver. From WAITING the one wakeup is owed,
   *                       from LENT that and the borrower's, without the role.
   *
   * A thread that waits for what the receiver would give it may borrow the role from a receiver that
   * sleeps. It takes the one place of a borrower, by CAS, and leaves it last:
   *   WAITING -> LENT     Not while the mask holds a signal. Then it looks whether it was given
   *                       something before this, and if not it sleeps on its note.
   *   LENT -> WAITING     The borrower takes it back, for news, a timeout or an interrupt; or somebody
   *                       recalls it, who owes it exactly one wakeup, without the role.
   *   ACTIVE -> WAITING   The borrower has the role, has looked at the mask and done all there is to
   *                       do, and gives it back: the receiver has never woken.
   *   ACTIVE, PENDING, CLOSED   If that fails, or something is left to do, it gives the role back by
   *                       the receiver's one wakeup. Nobody else wakes that, as the state is not WAITING.
   *
   * Races can make the receiver look at an empty mask. They cannot lose a signal: a bit is followed by
   * its announcement, an announcement leaves a state in which the receiver looks before it sleeps, and
   * all of these accesses are sequentially consistent. They cannot wake twice: the right to wake
   * passes with the one CAS that ends WAITING or LENT, and neither is entered again before its sleeper
   * has consumed that wakeup, but for LENT -> WAITING, after which the receiver sleeps on. (The queue of before 2012 passed that right in two steps.)
   */
  static final int ACTIVE = 0;
  static final int PENDING = 1;
  static final int WAITING = 2;
  static final int CLOSED = 3;
  static final int LENT = 4;

  private final QueueWords words;

  private SignalQueue(QueueWords words) {
    this.words = words;
  }

  /** Creates a queue whose words are on the heap and whose senders are Java code. */
  public static SignalQueue create() {
    return on(new HeapQueueWords());
  }

  static SignalQueue on(QueueWords words) {
    return new SignalQueue(words);
  }

  /**
   * Claims the receiver's role, until {@link Receiver#close}. Any thread; never blocks. If the
   * queue is closed it opens again, and signals sent meanwhile are received.
   *
   * @throws IllegalStateException if the queue has a receiver; nothing has changed then
   * @throws IllegalArgumentException if signal handlers send to this queue and cannot wake a
   *     receiver that parks with this strategy; nothing has changed then
   */
  public Receiver claim(ParkingStrategy strategy) {
    return Receiver.claim(words, strategy);
  }

  /**
   * Makes a signal pending and wakes the receiver if it waits. Any thread; never blocks; lock-free.
   *
   * @param signal 1 to 64
   * @return false if the queue is closed, so that the signal may never be received
   */
  public boolean send(int signal) {
    long bit = SignalSet.bit(signal);
    if ((words.orMask(bit) & bit) != 0) {
      return words.stateVolatile() != CLOSED;
    }
    return announce();
  }

  /**
   * Makes the receiver look: it returns from {@link Receiver#receiveSet} even if no signal is
   * pending. Any thread; never blocks; lock-free.
   *
   * @return false if the queue is closed
   */
  public boolean announce() {
    for (; ; ) {
      int state = words.stateVolatile();
      switch (state) {
        case ACTIVE -> {
          if (words.casState(ACTIVE, PENDING)) {
            return true;
          }
        }
        case PENDING -> {
          return true;
        }
        case WAITING -> {
          if (words.casState(WAITING, ACTIVE)) {
            words.wakeReceiver();
            return true;
          }
        }
        case LENT -> {
          if (words.casState(LENT, ACTIVE)) {
            words.wakeBorrower(false);
            return true;
          }
        }
        case CLOSED -> {
          return false;
        }
        default -> throw new InconsistentStateException("state " + state + " in send");
      }
    }
  }

  /**
   * Ends waiting: the receiver wakes, and pending signals are still received. Any thread; never
   * blocks; idempotent.
   */
  @Override
  public void close() {
    int before = words.swapState(CLOSED);
    if (before == LENT) {
      words.wakeBorrower(true);
    }
    if (before == WAITING || before == LENT) {
      words.wakeReceiver();
    }
  }

  /** Whether the queue is closed. It may still hold signals. */
  public boolean isClosed() {
    return words.stateVolatile() == CLOSED;
  }
}
