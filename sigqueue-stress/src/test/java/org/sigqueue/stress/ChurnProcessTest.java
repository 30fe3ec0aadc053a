package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.Signal;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * {@link Churn} in processes of their own, which run side by side: most of the time they wait for
 * idle threads to end.
 */
@Timeout(400)
@ExtendWith(QuietErrors.class)
class ChurnProcessTest {
  private static final FutureTask<RunResult> LASTING = churn(ChurnMain.class, 0);
  private static final FutureTask<RunResult> COUNTED = churn(ChurnMain.class, 900);
  private static final FutureTask<RunResult> FILLED = churn(Leaking.class, 0);

  private static FutureTask<RunResult> churn(Class<?> program, long cycles) {
    Churn churn = new Churn(program, cycles, Duration.ofMinutes(3));
    RunParameters parameters =
        new RunParameters(
            Receivable.source(),
            ParkingStrategies.preferred(),
            null,
            Signal.USR1,
            1,
            Duration.ofSeconds(2),
            1);
    return new FutureTask<>(() -> churn.run(parameters, text -> {}));
  }

  @BeforeAll
  static void start() {
    new Thread(LASTING, "lasting churn").start();
    new Thread(COUNTED, "counted churn").start();
    new Thread(FILLED, "filled churn").start();
  }

  /** Each has a limit of its own; the next class must not meet their threads. */
  @AfterAll
  static void awaitAll() throws Exception {
    for (FutureTask<RunResult> each : List.of(LASTING, COUNTED, FILLED)) {
      each.get();
    }
  }

  @Test
  void processWithASmallHeapPasses() throws Exception {
    RunResult result = LASTING.get();
    assertNull(result.failures());
    assertTrue(result.passed());
    assertTrue(result.lastSignalDelivered());
    assertTrue(result.accepted() > 0);
    assertNotNull(result.footprint());
  }

  @Test
  void processRunsANumberOfCycles() throws Exception {
    RunResult result = COUNTED.get();
    assertNull(result.failures());
    assertTrue(result.footprint().startsWith("4527 cycles in 9 rounds"), result::footprint);
  }

  /** The program that fills its heap. */
  static final class Leaking {
    private static final List<byte[]> LEAKED = new ArrayList<>();

    private Leaking() {}

    public static void main(String[] args) {
      System.out.println("leaking");
      for (; ; ) {
        LEAKED.add(new byte[1 << 20]);
      }
    }
  }

  @Test
  void reportsAProcessThatRunsOutOfHeap() throws Exception {
    RunResult result = FILLED.get();
    assertFalse(result.passed());
    List<String> failures = result.failures();
    assertTrue(
        failures.stream()
            .anyMatch(
                each -> each.contains("the process with a heap of 32 MB ended with status 3")),
        failures::toString);
  }
}
