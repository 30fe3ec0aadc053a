package org.sigqueue.shutdown;

import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.source.SignalSource;

/**
 * The ways in which a {@link GracefulShutdown} ends its process. The default ends this JVM; {@link
 * org.sigqueue.testing.VirtualProcess} records the end instead. Implementations are called by any
 * thread.
 */
public interface ProcessExit {
  /** A source of signals that belongs to another process than this JVM, as a virtual one does. */
  interface Owner {
    /** The process that shutdowns over this source end. */
    ProcessExit processExit();
  }

  /** Runs the shutdown hooks and ends the process. A real process is gone then. */
  void exit(int status);

  /** Ends the process at once. A real process is gone then. */
  void halt(int status);

  /**
   * Makes the end of the process, by {@link #exit} or {@link #halt}, a death by the signal. Called
   * with a lock of the shutdown's, so it must not block; for an exit, before its hooks run.
   *
   * @param signal the signal, or null for an end with the status after all
   * @throws RuntimeException if that cannot be done here; then they end it with their status
   */
  void dieOnExit(@Nullable Signal signal);

  /**
   * Runs a thread when the process is exiting, by whatever cause. The thread that exits must {@link
   * Thread#start} it, as that of the JVM does: by that a shutdown knows its own exit from one by
   * somebody else, which came before it.
   *
   * @throws IllegalStateException if it is exiting already
   */
  void addHook(Thread hook);

  /** Undoes {@link #addHook}, unless the process is exiting already. */
  void removeHook(Thread hook);

  /** The end of the process that the signals of a source are for. */
  static ProcessExit of(SignalSource source) {
    return source instanceof Owner owner ? owner.processExit() : new JvmProcess(source);
  }
}
