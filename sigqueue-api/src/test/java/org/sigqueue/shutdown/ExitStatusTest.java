package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.Signal;

/** The status of a process tells how its shutdown went. */
class ExitStatusTest extends ShutdownTestBase {
  private static ExitStatus status(String text) {
    return switch (text) {
      case "signal" -> ExitStatus.ofSignal();
      case "death" -> ExitStatus.deathBySignal();
      case "all zero" -> ExitStatus.of(0).whenFailed(0).whenHalted(0);
      case "all chosen" -> ExitStatus.of(3).whenFailed(4).whenHalted(5);
      case "death or chosen" -> ExitStatus.deathBySignal().whenFailed(4).whenHalted(5);
      default -> ExitStatus.of(Integer.parseInt(text));
    };
  }

  @ParameterizedTest
  @CsvSource({
    "HUP, signal, EXIT 129", "HUP, 0, EXIT 0", "HUP, 3, EXIT 3", "HUP, death, EXIT by SIGHUP",
    "INT, signal, EXIT 130", "INT, 0, EXIT 0", "INT, 255, EXIT 255", "INT, death, EXIT by SIGINT",
    "TERM, signal, EXIT 143", "TERM, 0, EXIT 0", "TERM, 7, EXIT 7", "TERM, death, EXIT by SIGTERM",
    "TERM, all zero, EXIT 0", "TERM, all chosen, EXIT 3", "INT, death or chosen, EXIT by SIGINT",
  })
  void completed(String signal, String status, String end) throws Exception {
    shutdown(Signal.of(signal)).step("step", () -> {}).exitStatus(status(status)).install();
    source.raise(Signal.of(signal));
    assertEquals(end, end());
  }

  @ParameterizedTest
  @CsvSource({
    "signal, EXIT 1",
    "0, EXIT 1",
    "3, EXIT 1",
    "death, EXIT 1",
    "all zero, EXIT 0",
    "all chosen, EXIT 4",
    "death or chosen, EXIT 4",
  })
  void failed(String status, String end) throws Exception {
    shutdown(Signal.TERM)
        .step("fails", ShutdownTestBase::fail)
        .step("step", () -> {})
        .exitStatus(status(status))
        .install();
    source.raise(Signal.TERM);
    assertEquals(end, end());
  }

  @ParameterizedTest
  @CsvSource({"false, EXIT 9", "true, EXIT 4"})
  void numberFromTheProgramIsThatOfCompletedAlone(boolean fails, String end) throws Exception {
    shutdown(Signal.TERM)
        .step(
            "step",
            () -> {
              if (fails) {
                fail();
              }
            })
        .exitStatus(status("all chosen"))
        .install()
        .begin(9, "of a test");
    assertEquals(end, end());
  }

  @ParameterizedTest
  @CsvSource({
    "signal, EXIT 1",
    "0, EXIT 1",
    "3, EXIT 1",
    "death, EXIT 1",
    "all zero, EXIT 0",
    "all chosen, EXIT 4",
    "death or chosen, EXIT 4",
  })
  void stepThatOverrunsItsTimeIsAFailure(String status, String end) throws Exception {
    shutdown(Signal.TERM)
        .step("hangs", Duration.ofMillis(1), this::hang)
        .exitStatus(status(status))
        .install();
    source.raise(Signal.TERM);
    assertEquals(end, end());
  }

  @ParameterizedTest
  @CsvSource({
    "signal, HALT 124",
    "0, HALT 124",
    "3, HALT 124",
    "death, HALT 124",
    "all zero, HALT 0",
    "all chosen, HALT 5",
    "death or chosen, HALT 5",
  })
  void haltedAtTheDeadline(String status, String end) throws Exception {
    process.addHook(new Thread(this::hang, "hangs"));
    shutdown(Signal.TERM).exitStatus(status(status)).within(Duration.ofMillis(200)).install();
    source.raise(Signal.TERM);
    assertEquals(end, end());
  }

  @ParameterizedTest
  @CsvSource({
    "signal, HALT 124",
    "0, HALT 124",
    "3, HALT 124",
    "death, HALT by SIGINT",
    "all zero, HALT 0",
    "all chosen, HALT 5",
    "death or chosen, HALT 5",
  })
  void haltedByASignal(String status, String end) throws Exception {
    shutdown(Signal.INT, Signal.TERM)
        .step("hangs", this::hang)
        .exitStatus(status(status))
        .graceTime(Duration.ZERO)
        .install();
    source.raise(Signal.TERM);
    entered.await();
    source.raise(Signal.INT); // joins
    source.raise(Signal.INT);
    assertEquals(end, end());
  }

  @Test
  void processThatCannotDieExitsWithTheStatusOfTheSignal() throws Exception {
    process.cannotDieBySignal();
    shutdown(Signal.INT).exitStatus(ExitStatus.deathBySignal()).install();
    source.raise(Signal.INT);
    assertEquals("EXIT 130", end());
  }

  @Test
  void deathThatWasPreparedIsUndoneIfTheHooksHang() throws Exception {
    process.addHook(new Thread(this::hang, "hangs"));
    shutdown(Signal.TERM)
        .exitStatus(ExitStatus.deathBySignal())
        .within(Duration.ofMillis(200))
        .install();
    source.raise(Signal.TERM);
    assertEquals("HALT 124", end());
  }

  @Test
  void statusesOutOfRangeAreRefused() {
    for (int status : new int[] {-1, 256, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> ExitStatus.of(status));
      assertThrows(IllegalArgumentException.class, () -> ExitStatus.ofSignal().whenFailed(status));
      assertThrows(IllegalArgumentException.class, () -> ExitStatus.ofSignal().whenHalted(status));
    }
  }
}
