package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GateTest {
  private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(90);

  private final Gate gate = new Gate();

  @Test
  void waitEndsWithItsLimit() {
    assertFalse(gate.await(-1));
    assertFalse(gate.await(0));
    long start = System.nanoTime();
    assertFalse(gate.await(TimeUnit.MILLISECONDS.toNanos(20)));
    assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(20));
  }

  @Test
  void openGateHoldsNobody() {
    gate.open();
    gate.open();
    assertTrue(gate.isOpen());
    assertTrue(gate.await(0));
    Thread.currentThread().interrupt();
    assertTrue(gate.await(LONG_NANOS));
    assertTrue(Thread.interrupted());
  }

  @Test
  void allThatWaitGoOnWhenItOpens() throws Exception {
    List<FutureTask<Boolean>> waits = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      FutureTask<Boolean> wait = new FutureTask<>(() -> gate.await(LONG_NANOS));
      waits.add(wait);
      Thread thread = new Thread(wait);
      thread.start();
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
    }
    gate.open();
    for (FutureTask<Boolean> wait : waits) {
      assertTrue(wait.get());
    }
  }

  @Test
  void interruptEndsTheWaitAndStays() throws Exception {
    FutureTask<List<Boolean>> wait =
        new FutureTask<>(() -> List.of(gate.await(Long.MAX_VALUE), Thread.interrupted()));
    Thread thread = new Thread(wait);
    thread.setDaemon(true);
    thread.start();
    thread.interrupt();
    assertEquals(List.of(false, true), wait.get());
  }
}
