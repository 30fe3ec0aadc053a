package org.sigqueue;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where callbacks run unless somebody names an executor: daemon threads that end when idle, so that
 * nothing is left of a program that has closed everything.
 */
final class CallbackThreads implements Executor {
  @Override
  public void execute(Runnable task) {
    Pool.POOL.execute(task);
  }

  /** Apart, so that a program without callbacks does not load it. */
  private static final class Pool {
    private static final AtomicInteger COUNT = new AtomicInteger();
    static final Executor POOL =
        Executors.newCachedThreadPool(task -> {
          Thread thread = new Thread(task, "sigqueue-callback-" + COUNT.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }
}
