package org.sigqueue.core.park;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Parks the thread with {@link LockSupport}: no CPU while asleep, and virtual threads are not
 * pinned. A wake-up costs a trip through the scheduler. Only Java code can wake it, so it does not
 * serve a queue that signal handlers send to.
 */
final class ParkStrategy implements ParkingStrategy {
  @Override
  public String name() {
    return "park";
  }

  @Override
  public Note newNote(NoteWord word) {
    return new ParkNote(word);
  }

  private static final class ParkNote extends Note {
    // Written by the sleeper before it looks at the word, read by the waker after it has set the
    // word (both sequentially consistent): at least one of the two sees the other.
    private volatile @Nullable Thread sleeper;

    ParkNote(NoteWord word) {
      super(word);
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.NONE;
    }

    @Override
    protected void block(long timeoutNanos) {
      sleeper = Thread.currentThread();
      try {
        park(timeoutNanos);
      } finally {
        sleeper = null; // a thread that has ended would be reachable, with its class loader
      }
    }

    private void park(long timeoutNanos) {
      if (isWoken()) {
        return;
      }
      if (timeoutNanos == FOREVER) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, timeoutNanos);
      }
    }

    @Override
    protected void unblock() {
      LockSupport.unpark(sleeper);
    }
  }
}
