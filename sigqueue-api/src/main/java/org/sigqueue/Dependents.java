package org.sigqueue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ends when a notifier is closed, contexts and the subscriptions of publishers; and where code
 * of their users runs.
 */
final class Dependents {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private final Executor executor;
  private final Map<Object, Runnable> ends = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Dependents(Executor executor) {
    this.executor = executor;
  }

  /** Has the dependent ended when the notifier is closed; at once if it is closed already. */
  void add(Object dependent, Runnable end) {
    ends.put(dependent, end);
    if (closed) {
      end.run();
    }
  }

  /** The dependent has ended. */
  void remove(Object dependent) {
    ends.remove(dependent);
  }

  /** Ends all, and those that are added from now on. Idempotent. */
  void close() {
    closed = true;
    ends.values().forEach(Runnable::run);
  }

  boolean isClosed() {
    return closed;
  }

  /**
   * Runs a task that throws nothing on the executor, or on the common pool if that refuses:
   * somebody may be waiting for it, and the dispatcher runs no code of users.
   */
  void execute(Runnable task) {
    try {
      executor.execute(task);
    } catch (RuntimeException | Error e) {
      LOG.error("the executor refused to tell of a signal; the common pool does it", e);
      ForkJoinPool.commonPool().execute(task);
    }
  }
}
