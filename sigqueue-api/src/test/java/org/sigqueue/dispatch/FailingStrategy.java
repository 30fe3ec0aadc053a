package org.sigqueue.dispatch;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/** A strategy of which the first sleep ends with an error; those after it are sound. */
final class FailingStrategy implements ParkingStrategy {
  final LinkageError error = new LinkageError("broken on purpose");
  private final AtomicInteger sleeps = new AtomicInteger();
  private final CountDownLatch asleep = new CountDownLatch(1);

  @Override
  public String name() {
    return "failing";
  }

  @Override
  public Note newNote(NoteWord word) {
    Semaphore wakeups = new Semaphore(0);
    return new Note(word) {
      @Override
      public WakeMethod wakeMethod() {
        return WakeMethod.NONE;
      }

      @Override
      protected void block(long timeoutNanos) {
        asleep.countDown();
        wakeups.acquireUninterruptibly();
        if (sleeps.getAndIncrement() == 0) {
          throw error;
        }
      }

      @Override
      protected void unblock() {
        wakeups.release();
      }
    };
  }

  /** Waits until the loop is about to sleep for the first time. */
  void awaitSleep() {
    try {
      asleep.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
