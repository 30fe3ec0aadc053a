package org.sigqueue.stress;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The queue of signals that the kernel has for a user, whose other processes may have filled it.
 */
final class KernelQueue {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long FULL_PAUSE_NANOS = 1_000_000;
  private static final int EAGAIN = 11;

  private KernelQueue() {}

  /** Queues a signal to this process as soon as there is room, which has to come in a minute. */
  static void put(SignalSender sender, int signal, long value) {
    long start = System.nanoTime();
    BooleanSupplier isLate = () -> System.nanoTime() - start > PATIENCE.toNanos();
    if (!put(sender, ProcessHandle.current().pid(), signal, value, isLate)) {
      throw new IllegalStateException("the queue of this user has had no room for a minute");
    }
  }

  /** Queues a signal as soon as there is room; false if this is over before. */
  static boolean put(
      SignalSender sender, long pid, int signal, long value, BooleanSupplier isOver) {
    while (!isOver.getAsBoolean()) {
      try {
        sender.queue(pid, signal, value);
        return true;
      } catch (SignalSourceException e) {
        if (e.errno() != EAGAIN) {
          throw e;
        }
        LockSupport.parkNanos(FULL_PAUSE_NANOS);
      }
    }
    return false;
  }
}
