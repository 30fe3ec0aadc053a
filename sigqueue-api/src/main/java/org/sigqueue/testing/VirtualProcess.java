package org.sigqueue.testing;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.ProcessExit;

/**
 * A process that records its end and goes on: shutdowns over a {@link VirtualSignalSource} end this
 * instead of the JVM of the test. Only its first end counts. Any thread.
 */
public final class VirtualProcess implements ProcessExit {
  private static final int SHELL_OFFSET = 128;

  private final Set<Thread> hooks = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<ProcessEnd> end = new CompletableFuture<>();
  private volatile @Nullable Signal death;
  private volatile boolean mortal = true;
  private boolean exiting; // guarded by this

  /** Creates a process that runs. */
  public VirtualProcess() {}

  /**
   * Exits, as {@link System#exit} does: runs the shutdown hooks to their end, and then the process
   * is at its own. For tests it stands for an exit by the program. Unlike the real one it returns;
   * the second call returns at once, and so does one after a halt.
   */
  @Override
  public void exit(int status) {
    List<Thread> started;
    synchronized (this) {
      if (isEnding()) {
        return;
      }
      exiting = true;
      started = List.copyOf(hooks);
    }
    started.forEach(Thread::start);
    started.forEach(VirtualProcess::awaitEnd);
    end(ProcessEnd.Way.EXIT, status);
  }

  /** Not interruptible, as a real exit is not. */
  private static void awaitEnd(Thread hook) {
    boolean interrupted = false;
    while (hook.isAlive()) {
      try {
        hook.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void halt(int status) {
    end(ProcessEnd.Way.HALT, status);
  }

  private void end(ProcessEnd.Way way, int status) {
    Signal signal = death;
    end.complete(
        signal == null
            ? new ProcessEnd(way, status, Optional.empty())
            : new ProcessEnd(way, SHELL_OFFSET + signal.number(), Optional.of(signal)));
  }

  @Override
  public void dieOnExit(@Nullable Signal signal) {
    if (!mortal) {
      throw new UnsupportedOperationException("this virtual process cannot die by a signal");
    }
    death = signal;
  }

  /** Makes {@link #dieOnExit} throw from now on, as a process without the native library does. */
  public void cannotDieBySignal() {
    mortal = false;
  }

  @Override
  public synchronized void addHook(Thread hook) {
    if (isEnding()) {
      throw new IllegalStateException("the process is exiting or has ended");
    }
    hooks.add(hook);
  }

  private boolean isEnding() {
    return exiting || end.isDone();
  }

  @Override
  public synchronized void removeHook(Thread hook) {
    if (!exiting) {
      hooks.remove(hook);
    }
  }

  /** How many shutdown hooks there are. */
  public int hooks() {
    return hooks.size();
  }

  /** How it has ended; empty while it runs. */
  public Optional<ProcessEnd> end() {
    return Optional.ofNullable(end.getNow(null));
  }

  /**
   * Waits for the end of this process.
   *
   * @throws TimeoutException if it does not end within this time
   * @throws InterruptedException if interrupted while waiting
   */
  public ProcessEnd awaitEnd(Duration within) throws InterruptedException, TimeoutException {
    try {
      return end.get(TimeUnit.NANOSECONDS.convert(within), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e); // nobody completes it so
    }
  }
}
