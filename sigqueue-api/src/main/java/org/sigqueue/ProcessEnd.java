package org.sigqueue;

import org.sigqueue.core.SignalSource;

/** The ways in which a process ends; tests replace it. */
interface ProcessEnd {
  /** Runs the JVM's shutdown hooks and ends the process. Does not return. */
  void exit(int status);

  /** Ends the process at once. Does not return. */
  void halt(int status);

  /**
   * Makes the end of the process a death by the signal. If it returns, {@link #exit} or {@link
   * #halt} is what ends the process.
   *
   * @throws RuntimeException if that cannot be done here
   */
  void die(int signal);

  /**
   * Runs a thread when the process is exiting, by whatever cause.
   *
   * @throws IllegalStateException if it is exiting already
   */
  void addHook(Thread hook);

  /** Undoes {@link #addHook}, unless the process is exiting already. */
  void removeHook(Thread hook);

  /** The end of this process, in which signals come from a source. */
  static ProcessEnd of(SignalSource source) {
    return new ProcessEnd() {
      @Override
      public void exit(int status) {
        Runtime.getRuntime().exit(status);
      }

      @Override
      public void halt(int status) {
        Runtime.getRuntime().halt(status);
      }

      @Override
      public void die(int signal) {
        source.dieOnExit(signal);
      }

      @Override
      public void addHook(Thread hook) {
        Runtime.getRuntime().addShutdownHook(hook);
      }

      @Override
      public void removeHook(Thread hook) {
        try {
          Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
          // The JVM is exiting, and the hook runs or has run: too late.
        }
      }
    };
  }
}
