package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stress program on signals that the kernel delivers. */
@Timeout(120)
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
        new String[] {"kill-self", "stop-race", "fan-out", "rt-queue", "external", "mixed"}) {
      assertTrue(out.toString().contains(scenario + " "), out::toString);
    }
    assertTrue(out.toString().endsWith("6 passed, 0 failed" + System.lineSeparator()));
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
    Process child =
        new ProcessBuilder(
                "sh",
                "-c",
                "trap '' USR1; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                String.join(
                    File.pathSeparator,
                    "target/classes",
                    System.getProperty("java.class.path"),
                    System.getProperty("jdk.module.path", "")),
                Main.class.getName(),
                "stress",
                "--workers",
                "2",
                "--duration",
                "200ms")
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, child.waitFor(), output);
    assertTrue(output.endsWith("1 passed, 0 failed\n"), output);
  }

  private int execute(String... arguments) {
    return Main.commandLine(Main::bestSource)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
