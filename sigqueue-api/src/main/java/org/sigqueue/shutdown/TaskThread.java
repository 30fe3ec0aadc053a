package org.sigqueue.shutdown;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sigqueue.dispatch.Gate;
import org.sigqueue.dispatch.Threads;

/**
 * A daemon thread that runs tasks one after the other, for calls that may block: a log, a socket.
 * It is there while there are tasks, and a second longer. Any thread; nothing here throws.
 */
final class TaskThread {
  private static final long IDLE_SECONDS = 1;

  private final ThreadPoolExecutor executor;

  TaskThread(String name) {
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Threads.create(name, true, task));
    executor.allowCoreThreadTimeOut(true); // nothing is left of a shutdown that was virtual
  }

  /**
   * Waits until the tasks so far have run, or for a time; an interrupted thread does not wait.
   *
   * @return whether they have run
   */
  boolean await(long limitNanos) {
    Gate done = new Gate();
    execute(done::open);
    return done.await(limitNanos);
  }

  /** Has a task run after those before it; its exceptions are ignored. Does not block. */
  void execute(Runnable task) {
    Runnable safely =
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            // The task is a report; there is nowhere else to tell it.
          }
        };
    try {
      executor.execute(safely);
    } catch (Throwable e) { // no memory for a thread: it may block, but it is the only way left
      safely.run();
    }
  }
}
