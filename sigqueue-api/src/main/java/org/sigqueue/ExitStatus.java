package org.sigqueue;

/**
 * What a program that was shut down by a signal tells its parent; see {@link GracefulShutdown}.
 * Immutable.
 */
public final class ExitStatus {
  private static final int SHELL_OFFSET = 128;
  private static final int MAX = 255;
  private static final int FROM_SIGNAL = -1;
  private static final ExitStatus OF_SIGNAL = new ExitStatus(FROM_SIGNAL, false);
  private static final ExitStatus DEATH = new ExitStatus(FROM_SIGNAL, true);

  private final int given;
  private final boolean death;

  private ExitStatus(int given, boolean death) {
    this.given = given;
    this.death = death;
  }

  /** The status 128 + the number of the signal, as the JVM itself has it: 143 for TERM. */
  public static ExitStatus ofSignal() {
    return OF_SIGNAL;
  }

  /**
   * This status, whatever the signal.
   *
   * @param status 0 to 255; 0 tells that all is well
   * @throws IllegalArgumentException if the status is not in this range
   */
  public static ExitStatus of(int status) {
    if (status < 0 || status > MAX) {
      throw new IllegalArgumentException("status is " + status + ", not in 0.." + MAX);
    }
    return new ExitStatus(status, false);
  }

  /**
   * A death by the signal, as if it had not been caught: {@code WIFSIGNALED} in the parent, which a
   * shell needs to stop a loop on Ctrl-C. It comes at the very end, after the JVM's shutdown hooks.
   * Where a process cannot die by the signal, as without the native library or as the init process
   * of a container, it exits with 128 + the number of the signal instead.
   */
  public static ExitStatus deathBySignal() {
    return DEATH;
  }

  boolean isDeath() {
    return death;
  }

  /** The status after this signal; for a death the one that comes closest. */
  int code(Signal signal) {
    return given == FROM_SIGNAL ? SHELL_OFFSET + signal.number() : given;
  }

  /** What becomes of the process after this signal, for people. */
  String describe(Signal signal) {
    return death ? "death by " + signal : "exit status " + code(signal);
  }
}
