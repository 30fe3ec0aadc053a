package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Threads that repeat a step until they are told to end. */
final class LoadThreads implements Load {
  /** Now and then a sender pauses, so that the phases of the threads do not lock in. */
  private static final int PAUSE_EVERY = 1024;

  private static final int MAX_PAUSE_NANOS = 50_000;

  private final List<Worker> workers = new ArrayList<>();
  private final Errors errors;
  private volatile boolean over;

  private LoadThreads(Errors errors) {
    this.errors = errors;
  }

  /**
   * Threads that do nothing but send; each step counts as a signal sent.
   *
   * @param sendOne sends a signal; an exception is an error, and ends the load
   */
  static LoadThreads sending(int size, long seed, Runnable sendOne, Errors errors) {
    LoadThreads load = new LoadThreads(errors);
    for (int number = 1; number <= size; number++) {
      SplittableRandom random = new SplittableRandom(seed + number);
      load.workers.add(
          load
          .new Worker(
              "stress-worker-" + number,
              true,
              () -> {
                sendOne.run();
                pause(random);
              }));
    }
    return load;
  }

  /** Threads that do nothing but {@code kill(getpid())}. */
  static LoadThreads killingSelf(RunParameters parameters, Errors errors) {
    return sending(
        parameters.workers(),
        parameters.seed(),
        () -> parameters.kill(parameters.signal()),
        errors);
  }

  /** A thread that repeats a step beside the senders, and sends nothing. */
  static LoadThreads background(String name, Runnable step, Errors errors) {
    LoadThreads load = new LoadThreads(errors);
    load.workers.add(load.new Worker(name, false, step));
    return load;
  }

  @SuppressWarnings("ThreadPriorityCheck") // the yield belongs to the load, nothing relies on it
  private static void pause(SplittableRandom random) {
    if (random.nextInt(PAUSE_EVERY) == 0) {
      LockSupport.parkNanos(random.nextInt(MAX_PAUSE_NANOS));
    } else {
      Thread.yield();
    }
  }

  @Override
  public void start() {
    workers.forEach(Thread::start);
  }

  @Override
  public boolean isOver() {
    return over;
  }

  @Override
  public void end(Duration deadline) throws InterruptedException {
    over = true;
    long start = System.nanoTime();
    for (Worker worker : workers) {
      worker.join(Math.max(1, deadline.toMillis() - (System.nanoTime() - start) / 1_000_000));
      if (worker.isAlive()) {
        errors.add(worker.getName() + " did not end");
      }
    }
  }

  @Override
  public long sent() {
    return workers.stream().mapToLong(worker -> worker.sent.get()).sum();
  }

  private final class Worker extends Thread {
    final AtomicLong sent = new AtomicLong(); // written by this thread alone
    private final boolean sends;
    private final Runnable step;

    Worker(String name, boolean sends, Runnable step) {
      super(name);
      this.sends = sends;
      this.step = step;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        for (long count = 1; !over; count++) {
          step.run();
          sent.setRelease(sends ? count : 0);
        }
      } catch (RuntimeException | Error e) {
        errors.add(getName(), e);
        over = true;
      }
    }
  }
}
