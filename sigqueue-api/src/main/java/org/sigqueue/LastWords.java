package org.sigqueue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What is said before a process is halted: for a limited time, since a log that blocks may be the
 * very reason.
 */
final class LastWords {
  /** How long the halt is put off for them at most. */
  static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int FRAMES = 16;

  private LastWords() {}

  /** Runs what says them; comes back when that has ended, has failed or has used up its time. */
  static void say(Runnable words) {
    try {
      Thread speaker = new Thread(words, "sigqueue-last-words");
      speaker.setDaemon(true);
      speaker.start();
      TimeUnit.NANOSECONDS.timedJoin(speaker, LIMIT_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) { // no memory for a thread, for example
      return; // nothing keeps the process from being halted
    }
  }

  /** Where a thread is, for people: its name and state, what it is parked on, and its frames. */
  static String whereabouts(Thread thread) {
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
}
