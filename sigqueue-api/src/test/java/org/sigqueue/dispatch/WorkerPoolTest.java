package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads for tasks that may block: enough of them, kept for a while, and no task lost. */
@Timeout(120)
class WorkerPoolTest {
  private final WorkerPool pool = new WorkerPool();

  private Thread threadOfATask() throws Exception {
    FutureTask<Thread> task = new FutureTask<>(Thread::currentThread);
    pool.execute(task);
    return task.get();
  }

  @Test
  void tasksThatBlockDoNotKeepOthers() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    List<FutureTask<Boolean>> blocked = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      FutureTask<Boolean> task = new FutureTask<>(() -> release.await(60, TimeUnit.SECONDS));
      pool.execute(task);
      blocked.add(task);
    }
    Thread other = threadOfATask();
    assertTrue(other.isDaemon());
    assertFalse(blocked.get(0).isDone());
    release.countDown();
    for (FutureTask<Boolean> task : blocked) {
      assertTrue(task.get());
    }
  }

  @Test
  void noTaskIsLost() throws Exception {
    Semaphore done = new Semaphore(0);
    int tasks = 20_000;
    for (int i = 0; i < tasks; i++) {
      pool.execute(done::release);
    }
    assertTrue(done.tryAcquire(tasks, 60, TimeUnit.SECONDS));
  }

  @Test
  void idleThreadIsUsedAgainAndEndsWithoutTasks() throws Exception {
    Thread first = threadOfATask();
    Thread next = threadOfATask(); // the same one, if it was idle already
    first.join(TimeUnit.SECONDS.toMillis(60));
    next.join(TimeUnit.SECONDS.toMillis(60));
    assertFalse(first.isAlive() || next.isAlive());
    assertNotEquals(first, threadOfATask());
  }

  @Test
  void interruptOfATaskIsNotForTheNext() throws Exception {
    for (int i = 0; i < 100; i++) {
      FutureTask<Boolean> interrupting =
          new FutureTask<>(() -> Thread.currentThread().interrupt(), true);
      pool.execute(interrupting);
      assertTrue(interrupting.get());
      FutureTask<Boolean> interrupted =
          new FutureTask<>(() -> Thread.currentThread().isInterrupted());
      pool.execute(interrupted);
      assertEquals(false, interrupted.get());
    }
  }
}
