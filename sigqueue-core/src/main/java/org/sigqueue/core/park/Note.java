package org.sigqueue.core.park;

/**
 * A one-shot wake-up between one sleeper and one waker, after Go's note ({@code lock_futex.go}).
 *
 * <p>The sleeper alone may {@link #clear} and {@link #sleep}; between two clears there is at most
 * one {@link #wakeup}, from any thread. A wakeup before the sleep is not lost: the sleep returns at
 * once. What the waker did before the wakeup is visible after a sleep that returns true.
 *
 * <p>Subclasses only stop and start a thread: {@link #block} and {@link #unblock}. Neither has to
 * be exact. The word decides, so {@code block} may return for no reason and {@code unblock} may
 * come late; but an unblock that follows the start of a block must end it.
 */
public abstract class Note implements AutoCloseable {
  /** The timeout of a sleep that only a wakeup or an interrupt ends. */
  public static final long FOREVER = Long.MAX_VALUE;

  private final NoteWord word;

  /** Creates a note on a word on which no other note sleeps. */
  protected Note(NoteWord word) {
    this.word = word;
  }

  /** Makes the note ready for its next wakeup. Sleeper only. */
  public final void clear() {
    word.setNoteRelease(0);
  }

  /**
   * Sleeps until the wakeup, until the time is over or until this thread is interrupted.
   *
   * @param timeoutNanos nanoseconds, or {@link #FOREVER}; no sleep if not positive
   * @return true if the wakeup has come; false if it has not, and the interrupt status, which is
   *     left as it is, or the clock tells why
   */
  public final boolean sleep(long timeoutNanos) {
    if (isWoken() || spin()) {
      return true;
    }
    if ((word.orNote(NoteWord.SLEEPING) & NoteWord.WOKEN) != 0) {
      return true;
    }
    long start = timeoutNanos == FOREVER ? 0 : System.nanoTime();
    long left = timeoutNanos;
    while (!isWoken()) {
      // Before the look at the status: an interrupt sets that first, and then the word. So what the
      // word still has of an interrupt that ended an earlier sleep, and called back late, goes.
      if ((word.noteVolatile() & NoteWord.INTERRUPTED) != 0) {
        word.andNote(~NoteWord.INTERRUPTED);
      }
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        return (word.andNote(NoteWord.WOKEN) & NoteWord.WOKEN) != 0;
      }
      block(left);
      left = timeoutNanos == FOREVER ? FOREVER : timeoutNanos - (System.nanoTime() - start);
    }
    return true;
  }

  /**
   * Sleeps until the wakeup. An interrupt does not end it, and its status is cleared: for a thread
   * that nobody has a reason to interrupt, so that nobody has to find it in its sleep.
   */
  public final void sleepUninterruptibly() {
    if (!isWoken() && !spin() && (word.orNote(NoteWord.SLEEPING) & NoteWord.WOKEN) == 0) {
      while (!isWoken()) {
        clearInterrupt(); // else a block may return at once, again and again
        blockUninterruptibly();
      }
    }
    clearInterrupt();
  }

  /**
   * Clears the status, and the bit that a late callback of an interrupt may have left in the word.
   */
  private void clearInterrupt() {
    boolean unused = Thread.interrupted();
    if ((word.noteVolatile() & NoteWord.INTERRUPTED) != 0) {
      word.andNote(~NoteWord.INTERRUPTED);
    }
  }

  /**
   * Wakes the sleeper, now or when it comes to sleep. Never blocks.
   *
   * @throws InconsistentStateException if the note was woken already and not cleared since
   */
  public final void wakeup() {
    int before = word.orNote(NoteWord.WOKEN);
    if ((before & NoteWord.WOKEN) != 0) {
      throw new InconsistentStateException("double wakeup");
    }
    if ((before & NoteWord.SLEEPING) != 0) {
      unblock();
    }
  }

  /**
   * Makes the next wakeup call {@link #unblock}, for a sleeper that waits for {@link #wakeFd}
   * elsewhere. Sleeper only; never blocks.
   */
  public final void arm() {
    word.orNote(NoteWord.SLEEPING);
  }

  /** Undoes {@link #arm}; a wakeup that has come stays. Sleeper only; never blocks. */
  public final void disarm() {
    word.andNote(NoteWord.WOKEN);
    clearWakeFd();
  }

  /** Whether the wakeup has come; ordered after the writes of the sleeper before it asks. */
  protected final boolean isWoken() {
    return (word.noteVolatile() & NoteWord.WOKEN) != 0;
  }

  /** How a signal handler can wake the sleeper. */
  public abstract WakeMethod wakeMethod();

  /** The eventfd that wakes the sleeper, if {@link #wakeMethod} is by eventfd; else -1. */
  public int wakeFd() {
    return -1;
  }

  /**
   * Sends the signals that wait for the sleeper outside of the words, if there is such a place.
   * Sleeper only, awake; never blocks.
   *
   * @return whether there is, so that only {@link #block} notices everything
   */
  public boolean fetch() {
    return false;
  }

  /**
   * Waits for the wakeup without giving up the CPU, as long as that pays; by default not at all.
   */
  protected boolean spin() {
    return false;
  }

  /**
   * Stops the calling thread until {@link #unblock}, a handler's wake, an interrupt or the timeout,
   * or earlier. Must look at the word again after it has made itself known to {@code unblock}.
   */
  protected abstract void block(long timeoutNanos);

  /** As {@link #block} for ever, but an interrupt need not end it. */
  protected void blockUninterruptibly() {
    block(FOREVER);
  }

  /** Ends the sleeper's {@link #block}. Any thread; never blocks. */
  protected abstract void unblock();

  /** Makes {@link #wakeFd} unreadable, if there is one. Sleeper only; never blocks. */
  protected void clearWakeFd() {}

  /**
   * Frees the resources of the note outside the heap, if it has any. No thread may sleep on it any
   * more.
   */
  @Override
  public void close() {}
}
