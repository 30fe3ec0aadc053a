package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;

/**
 * A shutdown hook that makes the dispatch loop wait in Java once the JVM begins to exit. At its end
 * HotSpot waits up to 300 ms for threads in native code, where the loop usually is.
 */
final class ExitHook implements Runnable {
  private static final long LEAVE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final DispatchLoop loop;
  private final Thread hook;
  private final Gate left = new Gate();
  private volatile boolean exiting;

  ExitHook(DispatchLoop loop) {
    this.loop = loop;
    this.hook = Threads.create("sigqueue-exit-hook", true, this);
  }

  /** Registers the hook; if the JVM is exiting already, the loop learns of it at once. */
  void add() {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) { // the JVM is exiting
      exiting = true;
    }
  }

  /** Removes the hook; if the JVM is exiting, the hook does not wait any more. */
  void remove() {
    hasLeft();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) { // it has started
    }
  }

  /** Whether the JVM is exiting, so that the loop may not wait in native code. */
  boolean isExiting() {
    return exiting;
  }

  /** Called by the loop when it does not wait in native code any more. */
  void hasLeft() {
    left.open();
  }

  /** The hook. For the JVM alone. */
  @Override
  public void run() {
    exiting = true; // before the announcement, which the loop wakes by
    loop.wake();
    if (!loop.runsInline()) {
      // False: the loop does not get on; the JVM waits for it itself then, for no longer.
      boolean unused = left.await(LEAVE_NANOS);
    }
  }
}
