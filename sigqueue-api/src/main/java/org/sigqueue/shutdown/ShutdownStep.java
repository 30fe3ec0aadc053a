package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A step of a {@link GracefulShutdown}: a name for the log, an action, and how long that may take.
 * Immutable; any thread.
 */
public final class ShutdownStep implements StepNode {
  /** The action of a step. */
  @FunctionalInterface
  public interface Action {
    /**
     * Does the step's work, on a thread that runs nothing else and has the context class loader of
     * the thread which created the step. It is interrupted if it overruns its time.
     *
     * @throws Exception if it fails; that is logged, and the next step runs
     */
    void run() throws Exception;
  }

  /** The action of a step that limits itself to the time that it is given. */
  @FunctionalInterface
  public interface TimedAction {
    /**
     * Does the step's work, as {@link Action#run} does.
     *
     * @param left the time until this step is left behind
     * @throws Exception if it fails; that is logged, and the next step runs
     */
    void run(Duration left) throws Exception;
  }

  private final String name;
  private final TimedAction action;
  private final @Nullable Duration limit;
  private final @Nullable ClassLoader loader;

  private ShutdownStep(
      String name, TimedAction action, @Nullable Duration limit, @Nullable ClassLoader loader) {
    this.name = Objects.requireNonNull(name, "name");
    this.action = Objects.requireNonNull(action, "action");
    this.limit = limit;
    this.loader = loader;
  }

  /**
   * A step without a limit of its own. No step may use more than four fifths of the time that is
   * left when it begins, so those behind a step that hangs have some.
   */
  public static ShutdownStep of(String name, Action action) {
    Objects.requireNonNull(action, "action");
    return timed(name, left -> action.run());
  }

  /** As {@link #of}, with an action that gets its time limit. */
  public static ShutdownStep timed(String name, TimedAction action) {
    return new ShutdownStep(name, action, null, Thread.currentThread().getContextClassLoader());
  }

  /**
   * The same step with a limit: when that is over, or four fifths of the time that is left when the
   * step begins, it is logged with its stack, interrupted and left behind, and the next one runs.
   *
   * @throws IllegalArgumentException if the limit is not positive
   */
  public ShutdownStep limit(Duration limit) {
    return new ShutdownStep(name, action, positive(limit, "limit"), loader);
  }

  /** A duration that nanoseconds can tell: 292 years if it is longer. */
  static Duration positive(Duration duration, String what) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(what + " is " + duration + ", not positive");
    }
    return Duration.ofNanos(TimeUnit.NANOSECONDS.convert(duration));
  }

  /** The name for the log. */
  @Override
  public String name() {
    return name;
  }

  /** The time that the step may take, of the time that is left for all steps. */
  long limitNanos(long leftNanos) {
    long share = leftNanos / 5 * 4;
    return limit == null ? share : Math.min(limit.toNanos(), share);
  }

  /** Runs the action on this thread. */
  void run(long limitNanos) throws Exception {
    Thread.currentThread().setContextClassLoader(loader);
    action.run(Duration.ofNanos(limitNanos));
  }

  /** The name, for people. */
  @Override
  public String toString() {
    return "step '" + name + "'";
  }
}
