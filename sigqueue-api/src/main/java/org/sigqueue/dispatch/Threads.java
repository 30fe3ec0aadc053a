package org.sigqueue.dispatch;

import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.source.SignalSource;

/**
 * The threads of this library. They inherit nothing from the thread that happens to create them: no
 * context class loader, no thread-locals, no thread group, no access-control context. Else the
 * first application that asks for a signal would be held for as long as the thread lives.
 */
public final class Threads {
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
  private static final int STACK_BYTES = 1 << 15; // several times what is needed

  private Threads() {}

  /** Creates a thread that is not started. */
  public static Thread create(String name, boolean daemon, Runnable task) {
    return prepare(unprivileged(name, task, null), daemon);
  }

  /**
   * As {@link #create(String, boolean, Runnable)}; the thread that starts it runs a task first. For
   * a shutdown hook that has to know which thread exits.
   */
  public static Thread create(String name, boolean daemon, Runnable onStart, Runnable task) {
    return prepare(unprivileged(name, task, onStart), daemon);
  }

  private static Thread prepare(Thread thread, boolean daemon) {
    thread.setDaemon(daemon);
    thread.setContextClassLoader(null);
    return thread;
  }

  // A constructor of Thread remembers the access-control context of its caller, in JDKs that have
  // one.
  @SuppressWarnings("removal")
  private static Thread unprivileged(String name, Runnable task, @Nullable Runnable onStart) {
    return AccessController.doPrivileged(
        new PrivilegedAction<Thread>() {
          @Override
          public Thread run() {
            return onStart == null
                ? new Thread(rootGroup(), task, name, 0, false)
                : ThreadWithStart.of(rootGroup(), task, name, onStart);
          }
        },
        new AccessControlContext(new ProtectionDomain[0]));
  }

  private static ThreadGroup rootGroup() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }

  /**
   * Throws a {@link StackOverflowError} unless there is stack for a call that changes something: in
   * the midst of it a thread could not even release its lock.
   */
  static void requireStack(SignalSource source) {
    if (findStack(source, 0) == 0) {
      throw new StackOverflowError("too little stack is left; nothing has changed");
    }
  }

  /** Looks whether there is stack for a registration, or to serve for others; 0 if not. */
  static long findStack(SignalSource source, long found) {
    return source.findStack(STACK_BYTES, found);
  }

  /** Whether a thread is inside {@link System#exit}, which does not return. Reads its stack. */
  static boolean isInExit(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals("java.lang.Runtime")
          && frame.getMethodName().equals("exit")) {
        return true;
      }
    }
    return false;
  }

  /**
   * Waits for a moment, also in a thread that is interrupted: a virtual thread that did not park
   * would keep its carrier from those that it waits for. Returns whether it was interrupted, which
   * the caller has to bring back after its last call.
   */
  static boolean pause() {
    boolean interrupted = Thread.interrupted();
    LockSupport.parkNanos(PAUSE_NANOS);
    return interrupted;
  }

  /** Waits for the end of a thread, not interruptibly, for a limited time; whether it has ended. */
  static boolean awaitEnd(Thread thread, long timeoutNanos) {
    boolean interrupted = false;
    long start = System.nanoTime();
    long left = timeoutNanos;
    while (thread.isAlive() && left > 0) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = timeoutNanos - (System.nanoTime() - start);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /**
   * The executor of this library: as many daemon threads as there are tasks that block, each of
   * which ends after a second without a task. Never blocks its caller.
   */
  public static Executor workers() {
    return Workers.POOL;
  }

  /**
   * Runs a task that logs, or that may have to wait, on a thread of this library. Never blocks,
   * never throws; where no thread can be started, the task is not run.
   */
  public static void later(Runnable task) {
    boolean unused = tryLater(task);
  }

  private static boolean tryLater(Runnable task) {
    try {
      workers().execute(task);
      return true;
    } catch (Throwable e) { // no memory for a thread
      return false;
    }
  }

  /**
   * Runs code of a user that somebody may be waiting for: on an executor, or on a thread of this
   * library if that refuses. Never blocks, never throws.
   *
   * @return false if no thread can be started, so that the task is not run
   */
  public static boolean execute(Executor executor, Runnable task) {
    return tryLater(() -> {
      try {
        executor.execute(task);
      } catch (RuntimeException | Error e) {
        Log.error("an executor has refused a task, which a thread of the library runs", e);
        task.run();
      }
    });
  }

  private static final class ThreadWithStart extends Thread {
    private final Runnable onStart;

    /** Creates one. The VM verifies a caller of this without loading the class. */
    static Thread of(ThreadGroup group, Runnable task, String name, Runnable onStart) {
      return new ThreadWithStart(group, task, name, onStart);
    }

    private ThreadWithStart(ThreadGroup group, Runnable task, String name, Runnable onStart) {
      super(group, task, name, 0, false);
      this.onStart = onStart;
    }

    @Override
    public synchronized void start() {
      onStart.run();
      super.start();
    }
  }

  /** Apart, so that a program without callbacks does not load it. */
  private static final class Workers {
    static final Executor POOL = new WorkerPool();
  }
}
