package org.sigqueue.stress;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.sigqueue.cli.console.Arguments.Durations;

/** Waits with a deadline, for a condition or for the end of a step. */
final class Await {
  private static final long LOOK_NANOS = 50_000;

  private Await() {}

  /** Waits until the condition holds; false if it still does not at the deadline. */
  static boolean until(Duration deadline, BooleanSupplier condition) throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > deadline.toNanos()) {
        return condition.getAsBoolean(); // this thread may have been off the CPU for long
      }
      LockSupport.parkNanos(LOOK_NANOS);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return true;
  }

  /**
   * Runs a step that may hang, in a thread of its own.
   *
   * @return what went wrong, if anything
   */
  static Optional<String> completion(String what, Duration deadline, Runnable step)
      throws InterruptedException {
    FutureTask<Void> task = new FutureTask<>(step, null);
    Thread thread = new Thread(task, "stress-" + what);
    thread.setDaemon(true);
    thread.start();
    try {
      task.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      return Optional.empty();
    } catch (TimeoutException e) {
      return Optional.of(what + " did not return within " + Durations.text(deadline));
    } catch (ExecutionException e) {
      return Optional.of(Errors.describe(what, e.getCause() == null ? e : e.getCause()));
    }
  }
}
