package org.sigqueue.dispatch;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * An executor with as many daemon threads as there are tasks that block, each of which ends after a
 * second without a task. A task is handed to an idle thread or to a new one, never queued.
 *
 * <p>An idle thread needs no memory to wait and to be found. That of a {@code ThreadPoolExecutor}
 * does: an error while it waits leaves its place in the hand-over queue behind, and the next task
 * is handed to nobody.
 */
final class WorkerPool implements Executor {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final AtomicInteger count = new AtomicInteger();
  private @Nullable Worker idle; // the latest first, so that others can end; guarded by this

  /**
   * Never blocks.
   *
   * @throws OutOfMemoryError if a thread cannot be started; then the task is not run
   */
  @Override
  public void execute(Runnable task) {
    Worker worker = takeIdle();
    if (worker == null) {
      new Worker(task).thread.start();
    } else {
      worker.task = task;
      LockSupport.unpark(worker.thread);
    }
  }

  private synchronized @Nullable Worker takeIdle() {
    Worker first = idle;
    if (first != null) {
      idle = first.next;
    }
    return first;
  }

  private synchronized void addIdle(Worker worker) {
    worker.next = idle;
    idle = worker;
  }

  /** Whether it was idle; if not, another thread has taken it and brings a task. */
  private synchronized boolean removeIdle(Worker worker) {
    Worker before = null;
    for (Worker each = idle; each != null; each = each.next) {
      if (each.equals(worker)) {
        if (before == null) {
          idle = each.next;
        } else {
          before.next = each.next;
        }
        return true;
      }
      before = each;
    }
    return false;
  }

  private final class Worker implements Runnable {
    private final Thread thread;
    private @Nullable Worker next; // guarded by the pool
    private volatile @Nullable Runnable task;

    Worker(Runnable first) {
      task = first;
      thread = Threads.create("sigqueue-worker-" + count.incrementAndGet(), true, this);
    }

    @Override
    public void run() {
      do {
        runTask();
        addIdle(this);
      } while (awaitTask());
    }

    /** A method of its own: nothing refers to the task, and so to code of a user, after it. */
    private void runTask() {
      Runnable given = task;
      task = null;
      try {
        if (given != null) {
          given.run();
        }
      } catch (Throwable e) { // code of a user, or a bug
        tell(e);
      }
      Thread.interrupted(); // an interrupt of this task must not reach the next one
    }

    private void tell(Throwable failure) {
      try {
        Log.error("a task has failed", failure);
      } catch (Throwable e) {
        // No memory, or the class loader of this library is closed already: nobody is left to tell.
      }
    }

    /** Whether a task has come in time. */
    private boolean awaitTask() {
      long end = System.nanoTime() + IDLE_NANOS;
      for (; ; ) {
        try {
          long left = end - System.nanoTime();
          if (task != null) {
            return true;
          }
          if (left <= 0 && removeIdle(this)) {
            return false;
          }
          LockSupport.parkNanos(WorkerPool.this, Math.max(left, LOOK_NANOS));
        } catch (OutOfMemoryError e) { // even a constant may need memory, when first used
        }
      }
    }
  }
}
