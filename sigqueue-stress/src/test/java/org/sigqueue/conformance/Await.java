package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;

/** Waits for conditions that should hold soon, with a deadline for when they do not. */
public final class Await {
  private static final long LOOK_NANOS = 200_000;

  private Await() {}

  public static void until(String what, BooleanSupplier condition) {
    until(() -> what, condition);
  }

  public static void until(Supplier<String> what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(Tools.DEADLINE_SECONDS)) {
        fail("this did not happen: " + what.get());
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** The next event of a channel. */
  public static SignalEvent event(SignalChannel channel) throws InterruptedException {
    SignalEvent event = channel.poll(Duration.ofSeconds(Tools.DEADLINE_SECONDS));
    return event == null ? fail("no event came") : event;
  }

  /** Awaits the result of a task that runs already. */
  public static <T> T result(FutureTask<T> task) throws Exception {
    try {
      return task.get(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return fail("a thread hangs", e);
    }
  }

  /** Meets the other threads of a test. */
  public static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      fail("a thread hangs", e);
    }
  }
}
