package org.sigqueue.shutdown;

import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.source.SignalSource;

/** This JVM, whose end is a real one. */
final class JvmProcess implements ProcessExit {
  private final SignalSource source; // a way to end the one process there is

  JvmProcess(SignalSource source) {
    this.source = source;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JvmProcess;
  }

  @Override
  public int hashCode() {
    return JvmProcess.class.hashCode();
  }

  @Override
  public void exit(int status) {
    Runtime.getRuntime().exit(status);
  }

  @Override
  public void halt(int status) {
    try {
      source.processControl().restoreTerminal(); // the hooks that would do so do not run
    } catch (RuntimeException | Error e) {
      // The end matters more.
    }
    Runtime.getRuntime().halt(status);
  }

  @Override
  public void dieOnExit(@Nullable Signal signal) {
    source.processControl().dieOnExit(signal == null ? 0 : signal.number());
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
}
