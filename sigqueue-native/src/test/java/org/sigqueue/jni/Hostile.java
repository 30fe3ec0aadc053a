package org.sigqueue.jni;

import java.nio.file.Path;

/** Neighbours that may be in a process; see {@code hostile.c}. For JVMs of their own. */
final class Hostile {
  private static final Path HOME = Path.of("target", "native").toAbsolutePath();

  /** The program that runs another one with signals blocked. */
  static final String PROGRAM = HOME.resolve("hostile").toString();

  /** All signals. */
  static final long ALL = -1;

  static {
    System.load(HOME.resolve("libhostile.so").toString());
  }

  private Hostile() {}

  /** Starts a thread that blocks these signals for good, and returns its number. Once. */
  static native int startThread(long mask);

  /** Takes the signals that are pending for that thread, and returns their number. */
  static native int takePending();

  /** Blocks signals in this thread, and returns those that were blocked before. */
  static native long block(long signals);

  static native long unblock(long signals);

  /** Sets a handler, as a collector does for the signal by which it stops threads. */
  static native void install(int signal);

  /** Starts a thread and stops it by that signal. Returns 0, or an error number. */
  static native int stopTheWorld(int signal);

  /**
   * Stops a thread like a debugger, and returns the pid of the process that does; -1 if that is not
   * allowed.
   */
  static native int stopThread(int tid);

  static native void release(int debugger);

  /** Has a system call fail in all threads, from now on. */
  static native void refuse(String call, int errno);

  /** Leaves no room in the queue of signals. */
  static native void fillQueue();

  static native void emptyQueue();
}
