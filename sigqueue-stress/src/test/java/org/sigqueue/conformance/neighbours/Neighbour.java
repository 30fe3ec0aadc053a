package org.sigqueue.conformance.neighbours;

import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.Tools;

/** The native code of {@code neighbour.c}, in a child. */
final class Neighbour {
  private static final String LIBRARY = "neighbour";

  private Neighbour() {}

  /** Has a child be able to {@link #load} it. */
  static Child.Options in(Child.Options options) throws Exception {
    return options.java("-D" + LIBRARY + "=" + Tools.neighbour());
  }

  /** In a child: loads the library. */
  static void load() {
    System.load(System.getProperty(LIBRARY));
  }

  /** Installs a handler of CHLD that waits for the child that is started. */
  static native void watchChildren();

  /** Starts a child, which ends at once, and returns its pid. */
  static native int startChild();

  /** How many children the handler has waited for. */
  static native int reaped();

  /** Waits for the child without the handler. */
  static native void reap();

  /** Takes a signal to stop a thread by, which it starts. */
  static native void startCollector(int signal);

  /** Whether the thread stops in time. */
  static native boolean stopTheWorld(long timeoutSeconds);

  /** Starts threads that block all signals. */
  static native void startDeafThreads(int count);
}
