package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.cli.Main;
import org.sigqueue.cli.Program;
import org.sigqueue.cli.Sources;
import org.sigqueue.cli.console.Console;

/** The stress program on signals that the kernel delivers. */
@Timeout(120)
@ExtendWith(QuietErrors.class)
class RealSignalsTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void passesWithEachStrategyThatAHandlerCanWake() {
    assertEquals(
        0,
        execute("stress", "--parking", "all", "--workers", "1,3", "--duration", "200ms"),
        () -> out + "" + err);
    assertTrue(
        out.toString().contains("skipped: park cannot be woken from a signal handler"),
        out::toString);
    for (String parking : new String[] {"adaptive", "eventfd", "futex", "spin", "yield"}) {
      assertTrue(out.toString().contains("kill-self  " + parking + " "), out::toString);
    }
  }

  /** Each scenario but soak, senders in other processes included. */
  @Test
  void passesInAllScenarios() {
    assertEquals(
        0,
        execute("stress", "--scenario", "all", "--workers", "2", "--duration", "500ms"),
        () -> out + "" + err);
    for (String scenario :
        new String[] {
          "kill-self", "stop-race", "fan-out", "rt-queue", "external", "mixed", "churn"
        }) {
      assertTrue(out.toString().contains(scenario + " "), out::toString);
    }
    assertTrue(out.toString().endsWith("7 passed, 0 failed" + System.lineSeparator()));
  }

  @Test
  void passesWithARealTimeSignal() {
    assertEquals(
        0,
        execute("stress", "--signal", "RTMIN+3", "--workers", "2", "--duration", "200ms"),
        () -> out + "" + err);
  }

  @Test
  void refusesAStrategyThatNoHandlerCanWake() {
    assertEquals(2, execute("stress", "--parking", "futex,park"));
    assertTrue(
        err.toString().contains("park cannot be woken from a signal handler"), err::toString);
    assertEquals("", out.toString());
  }

  /** Where a signal that comes after stop does no harm, one is sent, and must reach nobody. */
  @Test
  void passesWhereTheSignalWasIgnoredAtStart() throws Exception {
    try (Program stress =
        Program.startWith(
            List.of("sh", "-c", "trap '' USR1; exec \"$@\"", "sh"),
            "stress",
            "--workers",
            "2",
            "--duration",
            "200ms")) {
      String output = stress.rest(0);
      assertTrue(output.endsWith("1 passed, 0 failed"), output);
    }
  }

  private int execute(String... arguments) {
    return Main.execute(
        Sources::best,
        Console.of(new PrintWriter(out, true), new PrintWriter(err, true)),
        arguments);
  }
}
