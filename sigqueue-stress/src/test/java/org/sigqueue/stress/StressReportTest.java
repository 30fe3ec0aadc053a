package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.cli.Program;
import org.sigqueue.cli.console.Console;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.testing.VirtualSignalSource;

@Timeout(120)
class StressReportTest {
  private final StringWriter out = new StringWriter();
  private final PrintWriter writer = new PrintWriter(out);
  private final Scenario scenario = SingleSignal.killSelf(Duration.ofSeconds(20));

  private static RunParameters run(int workers) {
    return new RunParameters(
        new VirtualSignalSource(),
        ParkingStrategies.ADAPTIVE,
        null,
        Signal.USR1,
        workers,
        Duration.ofSeconds(1),
        1);
  }

  private RunResult result(int workers, List<String> failures) {
    return RunResult.of(
        scenario,
        run(workers),
        DeliveryMode.HANDLER,
        1,
        3600.5,
        6_000_000_000L,
        new Counts(5_999_999_999L, 5_000_000_000L, 999_999_999, 0),
        true,
        failures,
        null);
  }

  /** A terminal shows what remains of each line after the last carriage return. */
  private List<String> screen() {
    return Arrays.stream(out.toString().split("\n", -1))
        .filter(line -> !line.isEmpty())
        .map(line -> line.substring(line.lastIndexOf('\r') + 1).stripTrailing())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {80, 120})
  void fitsTheTerminal(int width) {
    StressReport report = new StressReport(Console.terminal(writer, writer, width, false), 2);
    for (int workers = 1; workers <= 2; workers++) {
      report.begin(scenario, run(workers));
      report.progress("3600.1 s, delivered 5000000000, 123456789/s and some more words");
      report.progress("3600.3 s, delivered 5000000001, 123456789/s and some more words");
      report.end(result(workers, List.of()));
    }
    assertTrue(report.finish());
    for (String part : out.toString().split("[\r\n]", -1)) {
      assertTrue(part.length() <= width, part);
    }
    List<String> screen = screen();
    assertTrue(screen.get(0).startsWith("scenario"), screen::toString);
    assertTrue(screen.get(0).endsWith("result"), screen::toString);
    assertTrue(screen.get(0).contains("accepted"), screen::toString);
    assertEquals("2 passed, 0 failed", screen.get(screen.size() - 1));
    assertEquals(
        width >= 120, screen.get(0).contains("sent"), "a wider terminal shows more columns");
  }

  @Test
  void colouredVerdictsDoNotMoveColumns() {
    StressReport report = new StressReport(Console.terminal(writer, writer, 120, true), 1);
    report.begin(scenario, run(1));
    report.end(result(1, List.of("a failure")));
    assertFalse(report.finish());
    List<String> plain =
        screen().stream().map(line -> line.replaceAll("\033\\[[0-9]*m", "")).toList();
    assertTrue(screen().get(1).endsWith("\033[31mFAILED\033[0m"), screen()::toString);
    assertEquals(plain.get(0).length(), plain.get(1).length(), plain::toString);
  }

  @Test
  void interruptedShowsWhatIsDone() {
    StressReport report = new StressReport(Console.of(writer, writer), 3);
    report.begin(scenario, run(1));
    report.end(result(1, List.of()));
    report.begin(scenario, run(2));
    assertTrue(report.interrupted());
    report.end(result(2, List.of())); // the run may go on while the JVM ends
    report.progress("more");
    List<String> lines = out.toString().lines().toList();
    assertTrue(lines.contains("interrupted in [2/3] kill-self, adaptive, handler, workers 2"));
    assertEquals("1 of 3 runs were done", lines.get(lines.size() - 1));
    assertEquals(1, lines.stream().filter(line -> line.matches("kill-self +adaptive.*")).count());
    assertFalse(report.interrupted());
  }

  @Test
  void ctrlCInTheMiddleShowsWhatIsDone() throws Exception {
    try (Program stress = Program.start("stress", "--workers", "1,2,3,4,5", "--duration", "2s")) {
      String line;
      do {
        line = stress.nextLine();
      } while (!line.startsWith("[1/5]"));
      stress.interrupt();
      String rest = stress.rest(128 + Signal.INT.number());
      List<String> lines = Arrays.asList(rest.split("\n", -1));
      assertTrue(lines.stream().anyMatch(each -> each.startsWith("interrupted in [")), () -> rest);
      assertTrue(lines.stream().anyMatch(each -> each.startsWith("scenario ")), () -> rest);
      assertTrue(lines.get(lines.size() - 1).endsWith(" of 5 runs were done"), () -> rest);
    }
  }
}
