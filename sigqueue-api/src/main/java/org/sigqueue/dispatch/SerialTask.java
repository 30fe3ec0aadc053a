package org.sigqueue.dispatch;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A user's code on an executor, in runs that never overlap: the one way in which this library runs
 * code of a user, apart from inline handlers.
 *
 * <p>Any thread may {@link #announce} that there is work. A foreign executor is called from a
 * thread of this library, never from the announcing one: it may block, refuse, run the task itself,
 * or lose it. A run does a bounded number of steps and is then submitted again, so that one busy
 * task leaves room for others on a shared executor.
 *
 * <p>While there is work, one {@link Run} has the right to do it, until somebody has claimed that:
 * the executor by running it, its refusal, or an announcement that finds it lost. So an executor
 * may also refuse a run that it has accepted, or run it twice.
 */
final class SerialTask {
  /** The work: called in runs, never by two threads at a time. */
  interface Work {
    /** Does one step; false if there was nothing to do. */
    boolean step();

    /** The executor has refused a run: drops the work that waits. */
    void refused(Throwable why);

    /** Closed: drops the work that waits. */
    void discard();
  }

  private static final int STEPS_PER_RUN = 64;
  private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(1); // see announce
  private static final int OPEN = 0;
  private static final int STEPPING = 1;
  private static final int CLOSED = 2;

  private final Work work;
  private final Executor executor;

  /** Announcements that no run has seen: 0 when idle. The one that makes it 1 submits a run. */
  private final AtomicLong unseen = new AtomicLong();

  /**
   * OPEN, STEPPING or CLOSED: a step starts by the change from OPEN, so none starts after CLOSED.
   */
  private final AtomicInteger gate = new AtomicInteger(OPEN);

  private volatile @Nullable Run submitted; // the latest
  private volatile @Nullable Thread runner; // inside a run
  private final AtomicBoolean finishing = new AtomicBoolean();
  private volatile boolean finished; // closed, and waiting work was dropped
  private final ReentrantLock idleLock = new ReentrantLock();
  private final Condition idle = idleLock.newCondition(); // signalled when a run ends

  SerialTask(Work work, Executor executor) {
    this.work = work;
    this.executor = executor;
  }

  /**
   * Has a run do the work that waits. Never blocks. An executor that has not begun a run a second
   * after it has accepted it may have lost it, as a full one with a discard policy does: then it
   * gets another.
   */
  void announce() {
    if (unseen.getAndIncrement() == 0) {
      submit();
      return;
    }
    Run waiting = submitted;
    if (waiting != null && waiting.mayBeLost() && waiting.claim()) {
      submit();
    }
  }

  /**
   * Ends the runs: no step starts after the return. Does not wait for one that runs; idempotent.
   */
  void close() {
    int before = gate.getAndSet(CLOSED);
    if (unseen.getAndIncrement() == 0 || before == OPEN) {
      finish(); // in place of a run that does not come, or comes too late, or was lost
    }
  }

  /**
   * Waits until there is nothing left to do and no step is running, except on this thread.
   *
   * @return false if the time is over before
   */
  boolean awaitIdle(long timeoutNanos) throws InterruptedException {
    long left = timeoutNanos;
    idleLock.lockInterruptibly();
    try {
      while (unseen.get() != 0 && !finished && runner != Thread.currentThread()) {
        if (left <= 0) {
          return false;
        }
        left = idle.awaitNanos(left);
      }
      return true;
    } finally {
      idleLock.unlock();
    }
  }

  private void submit() {
    Run made = null;
    try {
      Run next = new Run();
      made = next;
      submitted = next;
      Executor workers = Threads.workers();
      if (executor.equals(workers)) {
        workers.execute(next);
      } else {
        workers.execute(() -> handOver(next));
      }
    } catch (Throwable e) { // no memory, or no thread can be started
      if (made == null) {
        refused(e);
      } else {
        refused(made, e);
      }
    }
  }

  private void handOver(Run next) {
    try {
      executor.execute(next);
      next.acceptedNanos = System.nanoTime();
      next.accepted = true;
    } catch (Throwable e) {
      refused(next, e);
    }
  }

  private void refused(Run refused, Throwable why) {
    if (refused.claim()) { // else it runs, or has run
      refused(why);
    }
  }

  /** The right to one run. */
  private final class Run implements Runnable {
    private final AtomicBoolean claimed = new AtomicBoolean();
    private long acceptedNanos; // published by accepted
    private volatile boolean accepted; // by a foreign executor

    boolean claim() {
      return claimed.compareAndSet(false, true);
    }

    boolean mayBeLost() {
      return accepted && !claimed.get() && System.nanoTime() - acceptedNanos > LOST_NANOS;
    }

    @Override
    public void run() {
      if (claim()) {
        SerialTask.this.run();
      }
    }
  }

  /** As long as unseen is above zero nobody else may run; the last change of it ends this one. */
  private void run() {
    int steps = 0;
    for (; ; ) {
      runner = Thread.currentThread();
      long seen = unseen.get(); // before the steps, which then miss none of these
      boolean more;
      do {
        more = step();
      } while (more && ++steps < STEPS_PER_RUN);
      runner = null;
      if (gate.get() == CLOSED) {
        finish();
        return;
      }
      if (more) {
        submit();
        return;
      }
      if (unseen.addAndGet(-seen) == 0) {
        tellIdle();
        return;
      }
    }
  }

  private boolean step() {
    if (!gate.compareAndSet(OPEN, STEPPING)) {
      return false;
    }
    try {
      return work.step();
    } catch (Throwable e) { // no memory even to tell of it: what waits is not to wait for ever
      return true;
    } finally {
      gate.compareAndSet(STEPPING, OPEN); // fails if it was closed meanwhile
    }
  }

  /** There is no run, so the steps that it would have done are dropped here, as one step. */
  private void refused(Throwable why) {
    if (!gate.compareAndSet(OPEN, STEPPING)) {
      finish();
      return;
    }
    // A close in the midst of it counts as unseen, and is seen below.
    for (long seen = unseen.get();
        seen != 0 && gate.get() == STEPPING;
        seen = unseen.addAndGet(-seen)) {
      try {
        work.refused(why);
      } catch (Throwable e) { // no memory even to tell of it: the next announcement counts
      }
    }
    if (!gate.compareAndSet(STEPPING, OPEN)) { // closed meanwhile
      finish();
    }
    tellIdle();
  }

  /** The last act, once: no step is running and none follows. Any thread. */
  private void finish() {
    if (finishing.compareAndSet(false, true)) {
      work.discard();
      finished = true;
      tellIdle();
    }
  }

  private void tellIdle() {
    idleLock.lock();
    try {
      idle.signalAll();
    } finally {
      idleLock.unlock();
    }
  }
}
