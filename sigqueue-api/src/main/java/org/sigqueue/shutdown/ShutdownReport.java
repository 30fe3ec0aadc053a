package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.sigqueue.SignalEvent;

/**
 * The course of a {@link GracefulShutdown}: its cause, its outcome and the result of each step.
 * Immutable.
 *
 * @param cause the cause for people, as the log has it
 * @param event the signal that began the shutdown; empty if the program or the JVM's exit did
 * @param outcome how it ended
 * @param steps the steps in the order in which they began; those that never began come last
 */
public record ShutdownReport(
    String cause, Optional<SignalEvent> event, Outcome outcome, List<StepReport> steps) {
  /** How a shutdown ends. */
  public enum Outcome {
    /** All steps ended in time and without an error. */
    COMPLETED,
    /** A step failed, overran its time or called {@code System.exit}; the others ran. */
    FAILED,
    /** The process was cut off: at the deadline, or because a signal forced the end. */
    HALTED
  }

  /** The result of a step. */
  public enum Result {
    /** It ended without an error. */
    DONE,
    /** It threw. */
    FAILED,
    /** It did not end in its time and was left behind. */
    TIMED_OUT,
    /** It called {@code System.exit} and was left behind. */
    EXITED,
    /** It was running when the process was cut off. */
    RUNNING,
    /** It never began. */
    NOT_BEGUN
  }

  /**
   * A step and its result.
   *
   * @param name its name
   * @param result its result
   * @param took the time that it ran, at most until the report was made
   * @param failure the exception that it threw, if it did
   */
  public record StepReport(
      String name, Result result, Duration took, Optional<Throwable> failure) {}

  /** The names of the steps that ended with this result, in the order in which they began. */
  public List<String> steps(Result result) {
    return steps.stream().filter(step -> step.result() == result).map(StepReport::name).toList();
  }
}
