package org.sigqueue.bench.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.sigqueue.core.source.SignalSender;

/**
 * The workload of Go's {@code TestStress}: threads that do nothing but {@code kill(getpid())} and
 * yield. Prints how much was sent, and how much of it had been delivered when the time was over.
 */
final class SelfStorm {
  private static final int USR1 = 10;
  private static final double WARM_UP_SECONDS = 0.5;

  private final int workers;
  private final double seconds;
  private final SignalSender sender = CorePeer.nativeSource().sender();
  private final long pid = ProcessHandle.current().pid();
  private final AtomicLong sent = new AtomicLong();
  private volatile boolean over;

  /** Creates the workload; the arguments are the number of workers and milliseconds. */
  SelfStorm(String workers, String millis) {
    this.workers = Integer.parseInt(workers);
    this.seconds = Integer.parseInt(millis) / 1e3;
  }

  /**
   * Runs the workload and ends the JVM.
   *
   * @param delivered the number of occurrences that were delivered to user code
   * @param events the number of events that user code got
   */
  void run(LongSupplier delivered, LongSupplier events) throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      Thread thread = new Thread(this::send, "worker-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    Thread.sleep((long) (WARM_UP_SECONDS * 1e3)); // until the code is compiled
    long sentBefore = sent.get();
    long deliveredBefore = delivered.getAsLong();
    long eventsBefore = events.getAsLong();
    double cpuBefore = cpuSeconds();
    long start = System.nanoTime();
    Thread.sleep((long) (seconds * 1e3));
    double elapsed = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "seconds %.6f%nsent %d%ndelivered %d%nevents %d%ncpu_s %.6f%n",
        elapsed,
        sent.get() - sentBefore,
        delivered.getAsLong() - deliveredBefore,
        events.getAsLong() - eventsBefore,
        cpuSeconds() - cpuBefore);
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.flush();
    Runtime.getRuntime().halt(0); // the kernel resets the dispositions with the process
  }

  @SuppressWarnings("ThreadPriorityCheck") // yielding is part of the workload
  private void send() {
    while (!over) {
      sender.kill(pid, USR1);
      sent.getAndIncrement();
      Thread.yield();
    }
  }

  private static double cpuSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }
}
