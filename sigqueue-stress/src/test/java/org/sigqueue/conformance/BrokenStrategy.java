package org.sigqueue.conformance;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * A parking strategy whose first note that sleeps, a dispatcher's, throws when that sleep ends; the
 * others are sound: those of borrowers, and of the dispatchers that follow.
 */
public final class BrokenStrategy implements ParkingStrategy {
  private final LinkageError error = new LinkageError("broken on purpose");
  private final AtomicReference<@Nullable BrokenNote> first = new AtomicReference<>();
  private volatile @Nullable Thread sleeper;

  @Override
  public String name() {
    return "broken";
  }

  /** The error that it throws. */
  public LinkageError error() {
    return error;
  }

  /** Waits until a dispatcher sleeps, and returns its thread. */
  public Thread awaitSleeper() {
    Await.until("the dispatcher sleeps", () -> sleeper != null);
    return sleeper;
  }

  /** Ends the sleep, and with it the dispatcher. One must have begun. */
  public void breakDown() {
    first.get().wakeups.release();
  }

  @Override
  public Note newNote(NoteWord word) {
    return new BrokenNote(word);
  }

  private final class BrokenNote extends Note {
    private final Semaphore wakeups = new Semaphore(0);
    private boolean broken;

    BrokenNote(NoteWord word) {
      super(word);
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.NONE;
    }

    @Override
    protected void block(long timeoutNanos) {
      boolean breaks = first.compareAndSet(null, this) || (first.get() == this && !broken);
      if (breaks) {
        sleeper = Thread.currentThread();
      }
      wakeups.acquireUninterruptibly();
      if (breaks) {
        broken = true;
        throw error;
      }
    }

    @Override
    protected void unblock() {
      wakeups.release();
    }
  }
}
