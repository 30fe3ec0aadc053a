package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Threads that do nothing but send, until they are told to end. */
final class Storm implements Senders {
  /** Now and then a sender pauses, so that the phases of the threads do not lock in. */
  private static final int PAUSE_EVERY = 1024;

  private static final int MAX_PAUSE_NANOS = 50_000;

  private final List<Worker> workers = new ArrayList<>();
  private final Runnable shot;
  private final Incidents incidents;
  private volatile boolean over;

  /**
   * Creates a storm.
   *
   * @param shot sends once
   * @param incidents is told what it throws, which also ends the storm
   */
  Storm(int size, long seed, Runnable shot, Incidents incidents) {
    this.shot = shot;
    this.incidents = incidents;
    for (int number = 1; number <= size; number++) {
      workers.add(new Worker("stress-worker-" + number, new SplittableRandom(seed + number)));
    }
  }

  /** Threads that do nothing but {@code kill(getpid())}. */
  static Storm killingSelf(RunParameters parameters, Incidents incidents) {
    long pid = ProcessHandle.current().pid();
    int number = parameters.signal().number();
    return new Storm(
        parameters.workers(),
        parameters.seed(),
        () -> parameters.source().kill(pid, number),
        incidents);
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
        incidents.add(worker.getName() + " did not end");
      }
    }
  }

  @Override
  public long sent() {
    return workers.stream().mapToLong(worker -> worker.sent.get()).sum();
  }

  private final class Worker extends Thread {
    final AtomicLong sent = new AtomicLong();
    private final SplittableRandom random;

    Worker(String name, SplittableRandom random) {
      super(name);
      this.random = random;
      setDaemon(true);
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // the yield belongs to the load, nothing relies on it
    public void run() {
      try {
        for (long count = 1; !over; count++) {
          shot.run();
          sent.setRelease(count); // this thread alone writes it
          if (random.nextInt(PAUSE_EVERY) == 0) {
            LockSupport.parkNanos(random.nextInt(MAX_PAUSE_NANOS));
          } else {
            Thread.yield();
          }
        }
      } catch (RuntimeException | Error e) {
        incidents.add(getName(), e);
        over = true;
      }
    }
  }
}
