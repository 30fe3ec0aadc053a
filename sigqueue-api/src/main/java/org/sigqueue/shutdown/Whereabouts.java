package org.sigqueue.shutdown;

import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.sigqueue.testing.VirtualProcess;

/** The position of a thread, for people. */
final class Whereabouts {
  private static final int FRAMES = 16;
  private static final Set<String> EXITS =
      Set.of(Runtime.class.getName(), VirtualProcess.class.getName());

  private Whereabouts() {}

  /** Its name and state, the object it is parked on, and its frames. */
  static String of(Thread thread) {
    StringBuilder text = new StringBuilder("thread '").append(thread.getName()).append("', ");
    text.append(thread.getState());
    Object blocker = LockSupport.getBlocker(thread);
    if (blocker != null) {
      text.append(" on ").append(blocker.getClass().getName());
    }
    StackTraceElement[] stack = thread.getStackTrace();
    for (int i = 0; i < Math.min(stack.length, FRAMES); i++) {
      text.append("\n\tat ").append(stack[i]);
    }
    return text.append(stack.length > FRAMES ? "\n\t..." : "").toString();
  }

  /**
   * Whether it waits in {@link Runtime#exit}, or in the exit of a virtual process, for the hooks.
   */
  static boolean isExiting(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getMethodName().equals("exit") && EXITS.contains(frame.getClassName())) {
        return true;
      }
    }
    return false;
  }
}
