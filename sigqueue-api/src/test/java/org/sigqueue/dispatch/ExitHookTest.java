package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.testing.VirtualSignalSource;

/** The wait of an exit for the dispatch loop. */
@Timeout(120)
class ExitHookTest {
  private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100); // each time
  private static final int TRIES = 20;

  private final VirtualSignalSource source = new VirtualSignalSource();

  /** As when the last registration is closed while the JVM exits. */
  @Test
  void exitDoesNotWaitForALoopThatHasEnded() {
    try (Receiver receiver = source.block().queue().claim(ParkingStrategies.PARK)) {
      Hub hub = Hub.of(source);
      Routes routes = new Routes();
      Drain drain = new Drain(source.block(), routes);
      DispatchLoop loop = new DispatchLoop(hub, source.block(), routes, drain, receiver);
      long shortest = Long.MAX_VALUE;
      for (int i = 0; i < TRIES && shortest >= WAIT_NANOS; i++) {
        ExitHook hook = new ExitHook(loop);
        hook.remove();
        long start = System.nanoTime();
        hook.run();
        shortest = Math.min(shortest, System.nanoTime() - start);
      }
      assertTrue(shortest < WAIT_NANOS, shortest + " ns");
    }
  }
}
