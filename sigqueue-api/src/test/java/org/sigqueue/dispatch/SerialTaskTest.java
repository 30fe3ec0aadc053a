package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a user's code runs on executors of all kinds, and how that ends. */
@Timeout(120)
class SerialTaskTest {
  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final ExecutorService single = Executors.newSingleThreadExecutor();

  @AfterEach
  void shutDown() {
    single.shutdownNow();
  }

  /** Takes numbers from a queue. */
  private static class Numbers implements SerialTask.Work {
    final BlockingQueue<Integer> waiting = new LinkedBlockingQueue<>();
    final List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger running = new AtomicInteger();
    final AtomicInteger refusals = new AtomicInteger();
    final AtomicInteger discards = new AtomicInteger();

    @Override
    public boolean step() {
      Integer next = waiting.poll();
      if (next == null) {
        return false;
      }
      assertEquals(1, running.incrementAndGet());
      handle(next);
      running.decrementAndGet();
      return true;
    }

    void handle(int next) {
      seen.add(next);
    }

    @Override
    public void refused(Throwable why) {
      refusals.incrementAndGet();
      waiting.clear();
    }

    @Override
    public void discard() {
      discards.incrementAndGet();
      waiting.clear();
    }
  }

  private static void put(Numbers work, SerialTask task, int number) {
    work.waiting.add(number);
    task.announce();
  }

  @Test
  void everythingAnnouncedIsDoneInOrderByOneThreadAtATime() throws Exception {
    for (Executor executor : List.of(single, Threads.workers(), (Executor) Runnable::run)) {
      Numbers work = new Numbers();
      SerialTask task = new SerialTask(work, executor);
      for (int i = 0; i < 10_000; i++) {
        put(work, task, i);
      }
      assertTrue(task.awaitIdle(LONG_NANOS));
      assertEquals(10_000, work.seen.size());
      for (int i = 0; i < 10_000; i++) {
        assertEquals(i, work.seen.get(i));
      }
    }
  }

  @Test
  void closeDoesNotWaitForTheStepThatRunsAndNoneStartsAfterIt() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger steps = new AtomicInteger();
    Numbers work =
        new Numbers() {
          @Override
          void handle(int next) {
            steps.incrementAndGet();
            entered.countDown();
            awaitUninterruptibly(release);
          }
        };
    SerialTask task = new SerialTask(work, single);
    put(work, task, 1);
    put(work, task, 2);
    entered.await();
    assertFalse(task.awaitIdle(1));
    task.close(); // returns, although the step goes on
    assertEquals(0, work.discards.get()); // no other call beside the step
    release.countDown();
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertTrue(work.waiting.isEmpty());
    put(work, task, 3);
    assertTrue(task.awaitIdle(LONG_NANOS));
    CountDownLatch after = new CountDownLatch(1);
    single.execute(after::countDown); // behind whatever the task has submitted
    after.await();
    assertEquals(1, steps.get());
    assertEquals(1, work.discards.get());
  }

  @Test
  void stepMayCloseItsOwnTaskAndWaitForIt() throws Exception {
    BlockingQueue<Boolean> idle = new LinkedBlockingQueue<>();
    SerialTask[] task = new SerialTask[1];
    Numbers work =
        new Numbers() {
          @Override
          void handle(int next) {
            try {
              idle.add(task[0].awaitIdle(LONG_NANOS));
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            task[0].close();
          }
        };
    task[0] = new SerialTask(work, single);
    put(work, task[0], 1);
    assertTrue(idle.take());
    assertTrue(task[0].awaitIdle(LONG_NANOS));
  }

  @Test
  void refusalDropsWhatWaitsAndTheNextAnnouncementTriesAgain() throws Exception {
    AtomicInteger left = new AtomicInteger(2);
    Numbers work = new Numbers();
    SerialTask task =
        new SerialTask(
            work,
            run -> {
              if (left.getAndDecrement() > 0) {
                throw new RejectedExecutionException("on purpose, of a test");
              }
              single.execute(run);
            });
    for (int i = 0; i < 3; i++) {
      put(work, task, i);
      assertTrue(task.awaitIdle(LONG_NANOS));
    }
    assertEquals(2, work.refusals.get());
    assertEquals(0, work.discards.get());
    assertEquals(List.of(2), work.seen);
  }

  @Test
  void executorThatLosesItsTasksKeepsNeitherCloseNorWhoWaits() throws Exception {
    Numbers work = new Numbers();
    SerialTask task = new SerialTask(work, run -> {}); // as after shutdownNow, or DiscardPolicy
    put(work, task, 1);
    FutureTask<Boolean> waiter = new FutureTask<>(() -> task.awaitIdle(Long.MAX_VALUE));
    Thread thread = new Thread(waiter);
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    task.close();
    assertTrue(waiter.get());
    assertEquals(1, work.discards.get());
    assertTrue(work.waiting.isEmpty());
  }

  @Test
  void runDoesSeveralStepsButNotAll() throws Exception {
    BlockingQueue<Runnable> runs = new LinkedBlockingQueue<>();
    Numbers work = new Numbers();
    SerialTask task = new SerialTask(work, runs::add);
    for (int i = 0; i < 1000; i++) {
      put(work, task, i);
    }
    runs.take().run();
    int steps = work.seen.size();
    assertTrue(steps > 1 && steps < 1000, steps + " steps");
    while (!work.waiting.isEmpty()) {
      runs.take().run();
    }
    assertEquals(1000, work.seen.size());
    task.close();
  }

  @Test
  void taskThatIsClosedDuringARefusalDropsWhatWaitsOnce() throws Exception {
    AtomicInteger during = new AtomicInteger(-1);
    SerialTask[] task = new SerialTask[1];
    Numbers work =
        new Numbers() {
          @Override
          public void refused(Throwable why) {
            super.refused(why);
            if (refusals.get() == 1) {
              task[0].close();
              during.set(discards.get()); // no other call beside this
            }
          }
        };
    task[0] =
        new SerialTask(
            work,
            run -> {
              throw new RejectedExecutionException("on purpose, of a test");
            });
    put(work, task[0], 1);
    while (work.discards.get() == 0) { // behind the refusal, on the worker
      Thread.onSpinWait();
    }
    assertTrue(task[0].awaitIdle(LONG_NANOS));
    assertEquals(0, during.get());
    assertEquals(1, work.discards.get());
  }

  @Test
  void refusalMayCloseItsOwnTask() throws Exception {
    Executor refusing =
        task -> {
          throw new RejectedExecutionException("on purpose");
        };
    AtomicReference<SerialTask> self = new AtomicReference<>();
    Numbers work =
        new Numbers() {
          @Override
          public void refused(Throwable why) {
            super.refused(why);
            self.get().close();
          }
        };
    SerialTask task = new SerialTask(work, refusing);
    self.set(task);
    put(work, task, 1);
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertEquals(1, work.refusals.get());
    assertEquals(1, work.discards.get());
  }

  @Test
  void refusalReleasesThoseThatWait() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Numbers work = new Numbers();
    SerialTask task =
        new SerialTask(
            work,
            run -> {
              awaitUninterruptibly(release);
              throw new RejectedExecutionException("on purpose, of a test");
            });
    put(work, task, 1);
    FutureTask<Boolean> waiter = new FutureTask<>(() -> task.awaitIdle(Long.MAX_VALUE));
    Thread thread = new Thread(waiter);
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    release.countDown();
    assertTrue(waiter.get());
    assertEquals(1, work.refusals.get());
  }

  @Test
  void stepThatThrowsLeavesNothingBehind() throws Exception {
    AtomicInteger failures = new AtomicInteger(1);
    Numbers work =
        new Numbers() {
          @Override
          public boolean step() {
            if (failures.getAndDecrement() > 0) {
              throw new OutOfMemoryError("on purpose");
            }
            return super.step();
          }
        };
    SerialTask task = new SerialTask(work, single);
    put(work, task, 1);
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertEquals(List.of(1), work.seen);
  }

  @Test
  void executorThatBlocksDoesNotKeepTheAnnouncer() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Numbers work = new Numbers();
    SerialTask task =
        new SerialTask(
            work,
            run -> {
              awaitUninterruptibly(release);
              run.run();
            });
    put(work, task, 1); // returns
    assertFalse(task.awaitIdle(1));
    release.countDown();
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertEquals(List.of(1), work.seen);
  }

  @Test
  void busyTaskLeavesRoomForOthersOnItsExecutor() throws Exception {
    Numbers busy =
        new Numbers() {
          @Override
          public boolean step() {
            return true; // a storm: there is always more
          }
        };
    SerialTask storm = new SerialTask(busy, single);
    storm.announce();
    Numbers quiet = new Numbers();
    SerialTask other = new SerialTask(quiet, single);
    put(quiet, other, 1);
    assertTrue(other.awaitIdle(LONG_NANOS));
    assertEquals(List.of(1), quiet.seen);
    storm.close();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    for (; ; ) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A lack of memory can strike anywhere: in a step, and where a refusal is told. */
  @Test
  void workThatThrowsIsCalledAgain() throws Exception {
    AtomicInteger refusals = new AtomicInteger(3);
    AtomicInteger failures = new AtomicInteger(3);
    Numbers work =
        new Numbers() {
          @Override
          public boolean step() {
            if (failures.getAndDecrement() > 0) {
              throw new OutOfMemoryError("on purpose");
            }
            return super.step();
          }

          @Override
          public void refused(Throwable why) {
            super.refused(why);
            throw new OutOfMemoryError("on purpose");
          }
        };
    SerialTask task =
        new SerialTask(
            work,
            run -> {
              if (refusals.getAndDecrement() > 0) {
                throw new RejectedExecutionException("on purpose");
              }
              run.run();
            });
    for (int i = 0; work.seen.isEmpty(); i++) {
      put(work, task, i);
      assertTrue(task.awaitIdle(LONG_NANOS));
    }
    assertTrue(work.refusals.get() > 0);
    assertTrue(failures.get() < 0);
  }

  /** Blocks in its first step. */
  private static final class Blocking extends Numbers {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);

    @Override
    void handle(int next) {
      entered.countDown();
      awaitUninterruptibly(release);
      super.handle(next);
    }
  }

  @Test
  void refusalOfARunThatHasBegunDropsNothing() throws Exception {
    Blocking work = new Blocking();
    AtomicReference<Thread> caller = new AtomicReference<>();
    Executor late =
        run -> {
          single.execute(run);
          awaitUninterruptibly(work.entered);
          if (caller.compareAndSet(null, Thread.currentThread())) {
            throw new RejectedExecutionException("on purpose, of a test");
          }
        };
    SerialTask task = new SerialTask(work, late);
    put(work, task, 1);
    awaitUninterruptibly(work.entered);
    put(work, task, 2);
    long start = System.nanoTime();
    while (caller.get() == null || caller.get().getState() == Thread.State.RUNNABLE) {
      assertTrue(System.nanoTime() - start < LONG_NANOS, "it has not handled the refusal");
      Thread.sleep(1); // until it has, and is idle
    }
    assertEquals(0, work.discards.get());
    assertFalse(task.awaitIdle(0), "a step is running");
    work.release.countDown();
    assertTrue(task.awaitIdle(LONG_NANOS));
    put(work, task, 3);
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertEquals(List.of(1, 2, 3), work.seen);
    assertEquals(0, work.refusals.get());
  }

  @Test
  void runThatTheExecutorHasLostIsMadeUpForByALaterAnnouncement() throws Exception {
    AtomicBoolean loses = new AtomicBoolean(true);
    Numbers work = new Numbers();
    SerialTask task =
        new SerialTask(
            work,
            run -> {
              if (!loses.getAndSet(false)) {
                single.execute(run);
              }
            });
    put(work, task, 1);
    int last = 1;
    long end = System.nanoTime() + LONG_NANOS / 2;
    while (work.seen.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(100);
      put(work, task, ++last);
    }
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertEquals(last, work.seen.size()); // the one that waited, too
    assertEquals(1, work.seen.get(0));
  }

  @Test
  void runThatIsTwiceExecutedRunsOnce() throws Exception {
    Blocking work = new Blocking();
    CountDownLatch again = new CountDownLatch(1);
    SerialTask task =
        new SerialTask(
            work,
            run -> {
              single.execute(run);
              awaitUninterruptibly(work.entered);
              run.run();
              again.countDown();
            });
    put(work, task, 1);
    awaitUninterruptibly(again);
    assertFalse(task.awaitIdle(0), "a step is running");
    work.release.countDown();
    assertTrue(task.awaitIdle(LONG_NANOS));
    put(work, task, 2);
    assertTrue(task.awaitIdle(LONG_NANOS));
    assertEquals(List.of(1, 2), work.seen);
  }
}
