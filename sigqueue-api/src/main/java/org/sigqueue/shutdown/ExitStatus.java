package org.sigqueue.shutdown;

import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;

/**
 * The status that the parent of a process gets after a {@link GracefulShutdown}: one for each
 * {@link ShutdownReport.Outcome outcome}. Immutable; any thread.
 *
 * <p>The factory methods choose the end of a shutdown that completed. One with a failed step exits
 * with {@value #FAILED}, and one that was halted with {@value #HALTED}, as {@code timeout(1)} does,
 * unless {@link #whenFailed} and {@link #whenHalted} choose otherwise. So a supervisor that takes 0
 * or 143 for a clean end learns of one that was not.
 */
public final class ExitStatus {
  /** The status after a failed step, unless {@link #whenFailed} chooses another: {@value}. */
  public static final int FAILED = 1;

  /**
   * The status of a process that was halted, unless {@link #whenHalted} chooses another: {@value}.
   */
  public static final int HALTED = 124;

  private static final int SHELL_OFFSET = 128;
  private static final int MAX = 255;

  /** Stands for 128 + signal in {@link #completed}, and for no choice in {@link #halted}. */
  private static final int BY_DEFAULT = -1;

  private static final ExitStatus OF_SIGNAL = new ExitStatus(BY_DEFAULT, FAILED, BY_DEFAULT, false);
  private static final ExitStatus DEATH = new ExitStatus(BY_DEFAULT, FAILED, BY_DEFAULT, true);

  private final int completed;
  private final int failed;
  private final int halted;
  private final boolean death;

  private ExitStatus(int completed, int failed, int halted, boolean death) {
    this.completed = completed;
    this.failed = failed;
    this.halted = halted;
    this.death = death;
  }

  /**
   * The status 128 + the number of the signal if all steps were done, as the JVM itself has it: 143
   * for TERM. If no signal began the shutdown it is 0.
   */
  public static ExitStatus ofSignal() {
    return OF_SIGNAL;
  }

  /**
   * This status if all steps were done, whatever began the shutdown.
   *
   * @param status 0 to 255; 0 tells that all is well
   * @throws IllegalArgumentException if the status is not in this range
   */
  public static ExitStatus of(int status) {
    return new ExitStatus(checked(status), FAILED, BY_DEFAULT, false);
  }

  /**
   * A death by the signal if all steps were done, as if it had not been caught: {@code WIFSIGNALED}
   * in the parent, which a shell needs to stop a loop on Ctrl-C. It comes at the very end, after
   * the JVM's shutdown hooks. If another signal forces the end, the process dies by that one at
   * once.
   *
   * <p>Where a process cannot die by the signal, as without the native library or as the init
   * process of a container, it exits with 128 + the number of the signal instead.
   */
  public static ExitStatus deathBySignal() {
    return DEATH;
  }

  /**
   * The same, but this status if a step failed or overran its time.
   *
   * @param status 0 to 255; with 0 only the log tells of the failure
   * @throws IllegalArgumentException if the status is not in this range
   */
  public ExitStatus whenFailed(int status) {
    return new ExitStatus(completed, checked(status), halted, death);
  }

  /**
   * The same, but this status if the process was halted: at the deadline, or because a signal
   * forced the end.
   *
   * @param status 0 to 255; with 0 only the log tells of it
   * @throws IllegalArgumentException if the status is not in this range
   */
  public ExitStatus whenHalted(int status) {
    return new ExitStatus(completed, failed, checked(status), death);
  }

  /** The same, but this status if all steps were done. */
  ExitStatus whenCompleted(int status) {
    return new ExitStatus(checked(status), failed, halted, death);
  }

  private static int checked(int status) {
    if (status < 0 || status > MAX) {
      throw new IllegalArgumentException("status is " + status + ", not in 0.." + MAX);
    }
    return status;
  }

  /**
   * The end of a process: a death by the signal if there is one and that works, else the status.
   */
  record End(int status, @Nullable Signal death) {
    /** The end for people. */
    @Override
    public String toString() {
      return death == null ? "exit status " + status : "death by " + death;
    }
  }

  /**
   * The end of a process after this outcome.
   *
   * @param cause the signal that began the shutdown, if one did
   * @param forcing the signal that forced the end, if one did
   */
  End after(ShutdownReport.Outcome outcome, @Nullable Signal cause, @Nullable Signal forcing) {
    return switch (outcome) {
      case COMPLETED -> new End(completed(cause), death ? cause : null);
      case FAILED -> new End(failed, null);
      case HALTED -> {
        boolean chosen = halted != BY_DEFAULT;
        yield new End(chosen ? halted : HALTED, death && !chosen ? forcing : null);
      }
    };
  }

  private int completed(@Nullable Signal cause) {
    if (completed != BY_DEFAULT) {
      return completed;
    }
    return cause == null ? 0 : SHELL_OFFSET + cause.number();
  }
}
