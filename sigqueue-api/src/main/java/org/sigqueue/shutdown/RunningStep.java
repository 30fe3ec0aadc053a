package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sigqueue.dispatch.Gate;
import org.sigqueue.dispatch.Threads;
import org.sigqueue.shutdown.ShutdownReport.Result;
import org.sigqueue.shutdown.ShutdownReport.StepReport;

/**
 * A step that runs on a thread of its own. Another thread starts it and waits for it; any thread
 * may ask for the rest.
 */
final class RunningStep {
  /** The interval in which the waiting thread looks whether the step waits for the JVM's exit. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final ShutdownStep step;
  private final Deadline deadline;
  private final long startNanos = System.nanoTime();
  private final Thread thread;
  private final Gate ended = new Gate();

  /** Decided once: by the thread of the step, or by the thread that waits for it. */
  private final AtomicReference<Result> result = new AtomicReference<>(Result.RUNNING);

  private volatile long endNanos; // written before result is decided
  private volatile @Nullable Throwable failure; // likewise

  /**
   * @param deadline the one of all steps, which may move while this runs
   */
  RunningStep(ShutdownStep step, Deadline deadline) {
    this.step = step;
    this.deadline = deadline;
    this.thread = Threads.create("sigqueue-shutdown-step " + step.name(), true, this::run);
  }

  /** Starts the step; where there is no memory for a thread, runs it to its end. */
  void start() {
    try {
      thread.start();
    } catch (Throwable e) {
      run(); // without a limit, which beats not at all
    }
  }

  private void run() {
    try {
      step.run(limitNanos());
      decide(Result.DONE);
    } catch (Throwable e) { // whatever it is, the next step runs
      failure = e;
      decide(Result.FAILED);
    }
    ended.open();
  }

  private Result decide(Result decision) {
    if (result.get() == Result.RUNNING) {
      endNanos = System.nanoTime();
      result.compareAndSet(Result.RUNNING, decision);
    }
    return result.get();
  }

  /** Waits until the step has ended, calls System.exit or has used up its time; never longer. */
  Result await() {
    boolean interrupted = false;
    Result decided = Result.RUNNING;
    while (decided == Result.RUNNING) {
      if (ended.await(Math.min(leftNanos(), LOOK_NANOS))) {
        decided = result.get();
      } else if (leftNanos() <= 0) {
        decided = decide(Result.TIMED_OUT);
      } else if (isExiting()) { // it would wait for the hooks, and so for us
        decided = decide(Result.EXITED);
      }
      interrupted |= Thread.interrupted(); // by no code of ours
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return decided;
  }

  private boolean isExiting() {
    try {
      return Whereabouts.isExiting(thread);
    } catch (OutOfMemoryError e) {
      return false; // as far as is known
    }
  }

  /** The time from its start that it may take. */
  private long limitNanos() {
    return step.limitNanos(deadline.leftNanos() + (System.nanoTime() - startNanos));
  }

  private long leftNanos() {
    return limitNanos() - (System.nanoTime() - startNanos);
  }

  /** Asks a step that overran its time to end. */
  void leaveBehind() {
    thread.interrupt();
  }

  ShutdownStep step() {
    return step;
  }

  Result result() {
    return result.get();
  }

  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  long tookNanos() {
    return (result.get() == Result.RUNNING ? System.nanoTime() : endNanos) - startNanos;
  }

  /** Where it is, for people. */
  String position() {
    return Whereabouts.of(thread);
  }

  StepReport report() {
    Result now = result.get();
    return new StepReport(
        step.name(),
        now,
        Duration.ofNanos(tookNanos()),
        now == Result.FAILED ? failure() : Optional.empty());
  }
}
