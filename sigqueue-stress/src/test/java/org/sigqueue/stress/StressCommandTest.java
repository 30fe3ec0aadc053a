package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.cli.Main;
import org.sigqueue.cli.console.Console;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.testing.VirtualSignalSource;

class StressCommandTest {
  private static final List<String> RUN_KEYS =
      List.of(
          "scenario",
          "parking",
          "delivery",
          "workers",
          "channels",
          "seconds",
          "sent",
          "accepted",
          "delivered",
          "coalesced",
          "dropped",
          "lastSignalDelivered",
          "passed");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Supplier<SignalSource> source = VirtualSignalSource::new;

  @TempDir Path directory;

  @Test
  void runsEachPairAndReports() throws IOException {
    Path json = directory.resolve("stress.json");
    int status =
        execute(
            "stress",
            "--workers",
            "1,2",
            "--duration",
            "100ms",
            "--parking",
            "spin,adaptive",
            "--json",
            json.toString(),
            "--seed",
            "42");

    assertEquals(0, status, () -> out + "" + err);
    assertEquals("", err.toString());
    List<String> lines = out.toString().lines().toList();
    assertTrue(
        lines.get(0).startsWith("kill-self: SIGUSR1, source virtual")
            && lines.get(0).endsWith("42"),
        lines.get(0));
    assertEquals("4 passed, 0 failed", lines.get(lines.size() - 1));
    assertTrue(
        lines.get(lines.size() - 6).matches("scenario +parking +delivery +workers .* result"));
    assertTrue(lines.get(lines.size() - 5).matches("kill-self +spin +handler +1 .* passed"));
    assertTrue(lines.get(lines.size() - 2).matches("kill-self +adaptive +handler +2 .* passed"));
    assertFalse(out.toString().contains("\r"));

    JsonObject summary = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(List.of("runs", "passed", "failed"), List.copyOf(summary.keySet()));
    assertEquals(4, summary.get("passed").getAsInt());
    assertEquals(0, summary.get("failed").getAsInt());
    assertEquals(4, summary.getAsJsonArray("runs").size());
    JsonObject run = summary.getAsJsonArray("runs").get(3).getAsJsonObject();
    assertEquals(RUN_KEYS, List.copyOf(run.keySet()));
    assertEquals("kill-self", run.get("scenario").getAsString());
    assertEquals("adaptive", run.get("parking").getAsString());
    assertEquals(2, run.get("workers").getAsInt());
    assertTrue(run.get("seconds").getAsDouble() >= 0.1);
    assertTrue(run.get("lastSignalDelivered").getAsBoolean());
    assertTrue(run.get("passed").getAsBoolean());
    assertEquals(
        run.get("accepted").getAsLong(),
        run.get("delivered").getAsLong()
            + run.get("coalesced").getAsLong()
            + run.get("dropped").getAsLong());
  }

  @Test
  void reportsFailedRun() throws IOException {
    Path json = directory.resolve("stress.json");
    source =
        () ->
            new WrappedSource() {
              @Override
              public void kill(long pid, int signal) {
                throw new SignalSourceException("kill: refused", 1);
              }
            };
    int status =
        execute("stress", "--workers", "1", "--duration", "100ms", "--json", json.toString());

    assertEquals(1, status, () -> out + "" + err);
    assertTrue(out.toString().endsWith("0 passed, 1 failed" + System.lineSeparator()));
    assertTrue(out.toString().contains("kill: refused"));
    JsonObject run =
        JsonParser.parseString(Files.readString(json))
            .getAsJsonObject()
            .getAsJsonArray("runs")
            .get(0)
            .getAsJsonObject();
    assertFalse(run.get("passed").getAsBoolean());
    assertTrue(run.getAsJsonArray("failures").toString().contains("kill: refused"));
  }

  @Test
  void reportsRunThatCannotBegin() {
    source =
        () ->
            new WrappedSource() {
              private boolean asked;

              @Override
              public void open() {
                if (asked) {
                  throw new SignalSourceException("not any more", 0);
                }
                asked = true;
              }
            };
    assertEquals(1, execute("stress", "--workers", "1", "--duration", "100ms"));
    assertTrue(out.toString().contains("not any more"), out::toString);
  }

  @Test
  void unknownParkingListsNames() {
    assertEquals(2, execute("stress", "--parking", "nosuch"));
    assertTrue(err.toString().contains("'nosuch'"), err::toString);
    for (String name : ParkingStrategies.all().keySet()) {
      assertTrue(err.toString().contains(name), err::toString);
    }
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "--workers, 0, 1 to 256",
    "--workers, 257, 1 to 256",
    "--workers, '1,,2', 1 to 256",
    "--workers, many, 1 to 256",
    "--duration, 0s, '500ms, 2s, 1m'",
    "--duration, 3, '500ms, 2s, 1m'",
    "--duration, -1s, '500ms, 2s, 1m'",
    "--duration, 99999999999s, '500ms, 2s, 1m'",
    "--signal, NOSUCH, allowed are",
    "--signal, KILL, 'allowed are HUP'",
    "--signal, 65, 'numbers (1 to 64)'",
    "--scenario, nosuch, 'allowed are kill-self, stop-race, fan-out, rt-queue, external, mixed'",
    "--seed, x, --seed",
    "--nosuch, x, 'unknown option: --nosuch'",
    "--parkin, x, 'did you mean --parking?'",
    "--scenario, kil-self, 'did you mean kill-self?'",
    "--delivery, steered, 'allowed are handler, exclusive, all'",
  })
  void wrongArgumentsSayWhatIsAllowed(String option, String value, String allowed) {
    assertEquals(2, execute("stress", option, value));
    assertTrue(err.toString().contains(allowed), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void unwritableJsonIsRefusedBeforeTheRuns() {
    source =
        () -> {
          throw new AssertionError("too late");
        };
    Path json = directory.resolve("nosuch").resolve("stress.json");
    assertEquals(2, execute("stress", "--json", json.toString()));
    assertTrue(err.toString().contains("cannot write to " + json), err::toString);
  }

  @Test
  void noSource() {
    source =
        () -> {
          SignalSourceException none = new SignalSourceException("no source works here", 0);
          none.addSuppressed(new SignalSourceException("the library is gone", 0));
          throw none;
        };
    assertEquals(3, execute("stress", "--duration", "100ms"));
    assertEquals(
        List.of("no source works here", "  the library is gone"), err.toString().lines().toList());
  }

  @Test
  void helpAndVersion() {
    assertEquals(0, execute("--help"));
    assertTrue(out.toString().contains("stress"), out::toString);
    assertEquals(0, execute("stress", "--help"));
    assertTrue(out.toString().contains("adaptive"), out::toString);
    assertEquals(0, execute("--version"));
    assertTrue(out.toString().contains("sigqueue "), out::toString);
    assertEquals("", err.toString());
  }

  @Test
  void subcommandIsRequired() {
    assertEquals(2, execute());
    assertTrue(err.toString().contains("stress"), err::toString);
  }

  private int execute(String... arguments) {
    return Main.execute(
        () -> source.get(),
        Console.of(new PrintWriter(out, true), new PrintWriter(err, true)),
        arguments);
  }
}
