package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A gate that opens once. It is for waits that must keep their limit without memory: a {@link
 * java.util.concurrent.CountDownLatch} makes an object when it waits, and from JDK 21 on, if it
 * cannot, it waits without a limit. Any thread.
 */
public final class Gate {
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  // A thread that waits sets waiting and then reads open; the one that opens the gate sets open and
  // then reads waiting. Of several that wait, waiting holds the last; the others look again.
  private volatile boolean open;
  private volatile @Nullable Thread waiting;

  /** Creates a gate that is closed. */
  public Gate() {}

  /** Opens it: one thread that waits goes on at once, others within five milliseconds. */
  public void open() {
    open = true;
    LockSupport.unpark(waiting);
  }

  /** Whether it is open. */
  public boolean isOpen() {
    return open;
  }

  /**
   * Waits until it is open, for a time at most. A thread that is interrupted does not wait, and
   * stays interrupted. A platform thread makes no object here.
   *
   * @return whether it is open
   */
  public boolean await(long limitNanos) {
    Thread self = Thread.currentThread();
    long start = System.nanoTime();
    for (long left = limitNanos;
        !open && left > 0 && !self.isInterrupted();
        left = limitNanos - (System.nanoTime() - start)) {
      waiting = self;
      if (!open) {
        LockSupport.parkNanos(this, Math.min(left, SLICE_NANOS));
      }
    }
    waiting = null;
    return open;
  }
}
