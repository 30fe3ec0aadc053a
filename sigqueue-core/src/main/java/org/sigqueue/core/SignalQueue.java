package org.sigqueue.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A set of pending signals between many senders and one receiver, after the signal queue of the Go
 * runtime ({@code runtime/sigqueue.go}, with the fix of Go issue 4383).
 *
 * <p>Any thread may {@link #send}, and so may signal handlers in C if the words are shared with
 * them. One thread at a time may receive. A signal that is sent again before it was received is
 * received once. What a sender did before {@code send} is visible to the receiver of that signal.
 */
public final class SignalQueue implements AutoCloseable {
  /*
   * Senders may be signal handlers: they cannot block, allocate or take a lock, and one may interrupt
   * another, or the receiver, at any instruction. So there are no locks, and the two parties, any
   * number of senders and one receiver, meet at one word, the state. Beside it stand the mask, the set
   * of pending signals, and a note, on which the receiver sleeps.
   *
   * The state is a promise:
   *   ACTIVE   The receiver is awake, and no signal has been announced since it last looked.
   *   PENDING  The mask may hold signals; the receiver looks at it again before it sleeps.
   *   WAITING  The receiver is asleep on the note, or about to be, and no signal has been announced.
   *   CLOSED   Nobody will sleep any more; what the mask holds is still received.
   *
   * A sender publishes what goes with its signal, adds the signal to the mask, and announces it:
   *   ACTIVE -> PENDING   the receiver will look before it sleeps.
   *   WAITING -> ACTIVE   whoever makes this change owes the receiver exactly one wakeup.
   *   PENDING, CLOSED     nothing: the receiver is going to look, or gone.
   * If its signal was in the mask already it returns at once: whoever added it announces it after that,
   * and the receiver empties the mask after the announcement.
   *
   * The receiver, when its private copy is used up:
   *   PENDING -> ACTIVE   and looks at the mask.
   *   ACTIVE -> WAITING   sleeps on the note, clears it and looks at the mask.
   *   WAITING -> ACTIVE   after a sleep that time or an interrupt ended: takes its own announcement
   *                       back. If a sender was first, its one wakeup is under way and is awaited.
   * To look is to swap the mask with zero. Finding WAITING on entry is a bug and is thrown.
   * Where signals wait for the receiver in the kernel it is a sender, too: it fetches them before it
   * looks, and its sleep may end with one that it sends itself.
   *
   * Close: any -> CLOSED; from WAITING it owes the one wakeup, like a sender.
   *
   * Races can make the receiver look at an empty mask. They cannot lose a signal: a bit is followed by
   * its announcement, an announcement leaves a state in which the receiver looks before it sleeps, and
   * all of these accesses are sequentially consistent. They cannot wake twice: the right to
   * wake is handed over by the one CAS that ends WAITING, and the receiver enters WAITING again only
   * after it has consumed that wakeup. (The queue of before 2012 handed it over in two steps.)
   */
  static final int ACTIVE = 0;
  static final int PENDING = 1;
  static final int WAITING = 2;
  static final int CLOSED = 3;

  private static final VarHandle RECEIVER;

  static {
    try {
      RECEIVER = MethodHandles.lookup().findVarHandle(SignalQueue.class, "receiver", Thread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final EngineWords words;
  private final Note note;
  private long received; // the receiver's private copy of the mask
  private @Nullable Thread receiver; // inside a receiving method; guards against a second one

  private SignalQueue(EngineWords words, Note note) {
    this.words = words;
    this.note = note;
  }

  /** Creates a queue whose words are on the heap and whose senders are Java code. */
  public static SignalQueue create(ParkingStrategy strategy) {
    return on(new HeapWords(), strategy);
  }

  /**
   * Creates the receiving side of the queue in a shared block, and tells the handlers that send to
   * it how they wake the receiver. If an earlier receiver closed the queue, it is opened again, and
   * what was sent meanwhile is received.
   *
   * @throws IllegalArgumentException if handlers send to this block and cannot wake this strategy
   * @throws InconsistentStateException if another receiver sleeps on the block
   */
  public static SignalQueue over(SharedBlock block, ParkingStrategy strategy) {
    SignalQueue queue = on(block, strategy);
    block.attach(queue);
    return queue;
  }

  static SignalQueue on(EngineWords words, ParkingStrategy strategy) {
    Note note = strategy.newNote(words);
    if (words instanceof SharedBlock block) {
      block.setWakeRelease(strategy, note);
    }
    if (words.stateVolatile() == WAITING) {
      throw new InconsistentStateException("another receiver waits on these words");
    }
    note.clear();
    words.casState(CLOSED, PENDING);
    return new SignalQueue(words, note);
  }

  /**
   * Makes a signal pending and wakes the receiver if it waits. Any thread; never blocks; lock-free.
   *
   * @param signal 1 to 64
   * @return false if the queue is closed, so that nobody may ever receive the signal
   */
  public boolean send(int signal) {
    long bit = SignalSet.bit(signal);
    if ((words.orMask(bit) & bit) != 0) {
      return words.stateVolatile() != CLOSED;
    }
    return announce();
  }

  /**
   * Makes the receiver look: it returns from {@link #receiveSet} even if no signal is pending. Any
   * thread; never blocks; lock-free.
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
            note.wakeup();
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
   * Waits for a signal; of several pending ones, those of one look at the mask come in ascending
   * order.
   *
   * @return the signal, or 0 if the queue is closed and empty
   * @throws InterruptedException if interrupted while nothing was pending; no signal is lost
   * @throws IllegalStateException if another thread is receiving
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
   * @throws IllegalStateException if another thread is receiving
   */
  public int receive(long timeoutNanos) throws InterruptedException {
    enter();
    try {
      boolean timed = timeoutNanos > 0 && timeoutNanos != Note.FOREVER;
      long start = timed ? System.nanoTime() : 0;
      long left = timeoutNanos;
      while (received == 0) {
        boolean last = left <= 0 || isClosed(); // before the look, which then misses nothing
        received = look(left);
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
   * @return the signals as bits (signal n is bit n - 1); 0 after a bare {@link #announce}, on
   *     timeout, and if the queue is closed and empty
   * @throws InterruptedException if interrupted while nothing was announced; no signal is lost
   * @throws IllegalStateException if another thread is receiving
   */
  public long receiveSet(long timeoutNanos) throws InterruptedException {
    enter();
    try {
      long bits = received;
      received = 0;
      return bits != 0 ? bits : look(timeoutNanos);
    } finally {
      leave();
    }
  }

  /**
   * Starts a wait that happens outside, in an event loop that waits for {@link #wakeFd()} beside
   * other things. Receiver only; never blocks. After this the receiver calls nothing but {@link
   * #endWait}.
   *
   * @return false if the receiver has to look first, with {@link #poll} or {@link #receiveSet}:
   *     then no wait was started
   * @throws IllegalStateException if the parking strategy has no descriptor to wait for
   */
  public boolean beginWait() {
    if (wakeFd() < 0) {
      throw new IllegalStateException("the parking strategy has no descriptor to wait for");
    }
    enter();
    try {
      note.arm(); // before WAITING: whoever ends that must know that the word does not suffice
      if (words.casState(ACTIVE, WAITING)) {
        return true;
      }
      note.disarm();
      return false;
    } finally {
      leave();
    }
  }

  /**
   * Ends the wait that {@link #beginWait} has started, for whatever reason the event loop stops
   * waiting, and makes the descriptor unreadable. Receiver only. What was sent is received after
   * this.
   */
  public void endWait() {
    note.disarm();
    if (!words.casState(WAITING, ACTIVE)) {
      consumeWakeup();
    }
  }

  /** The descriptor that becomes readable when a wait has to end; -1 if the strategy has none. */
  public int wakeFd() {
    return note.wakeFd();
  }

  /**
   * Ends waiting for good: the receiver wakes, and what is pending is still received. Any thread;
   * idempotent.
   */
  @Override
  public void close() {
    if (words.swapState(CLOSED) == WAITING) {
      note.wakeup();
    }
  }

  /** Whether the queue is closed. It may still hold signals. */
  public boolean isClosed() {
    return words.stateVolatile() == CLOSED;
  }

  /** Waits for the next announcement, at most so long, and returns what the mask holds then. */
  private long look(long timeoutNanos) throws InterruptedException {
    note.fetch();
    for (; ; ) {
      int state = words.stateVolatile();
      switch (state) {
        case ACTIVE -> {
          if (timeoutNanos <= 0) {
            return words.swapMask();
          }
          if (words.casState(ACTIVE, WAITING)) {
            sleep(timeoutNanos);
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

  private void sleep(long timeoutNanos) throws InterruptedException {
    if (!note.sleep(timeoutNanos)) {
      if (words.casState(WAITING, ACTIVE)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        return;
      }
    }
    consumeWakeup();
  }

  /**
   * A sender, or close, has ended WAITING: its one wakeup comes, and must not hit the next sleep.
   */
  private void consumeWakeup() {
    boolean interrupted = false;
    while (!note.sleep(Note.FOREVER)) {
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    note.clear();
  }

  private void enter() {
    Thread other =
        (Thread) RECEIVER.compareAndExchange(this, (Thread) null, Thread.currentThread());
    if (other != null) {
      throw new IllegalStateException("already receiving in thread " + other.getName());
    }
  }

  private void leave() {
    RECEIVER.setRelease(this, (Thread) null);
  }
}
