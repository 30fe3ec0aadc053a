package org.sigqueue.conformance;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/** A parking strategy that throws when its first sleep ends; those after it are sound. */
public final class BrokenStrategy implements ParkingStrategy {
  private final LinkageError error = new LinkageError("broken on purpose");
  private final Semaphore wakeups = new Semaphore(0);
  private final AtomicBoolean broken = new AtomicBoolean();
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

  /** Ends the sleep, and with it the dispatcher. */
  public void breakDown() {
    wakeups.release();
  }

  @Override
  public Note newNote(NoteWord word) {
    return new Note(word) {
      @Override
      public WakeMethod wakeMethod() {
        return WakeMethod.NONE;
      }

      @Override
      protected void block(long timeoutNanos) {
        sleeper = Thread.currentThread();
        wakeups.acquireUninterruptibly();
        if (broken.compareAndSet(false, true)) {
          throw error;
        }
      }

      @Override
      protected void unblock() {
        wakeups.release();
      }
    };
  }
}
