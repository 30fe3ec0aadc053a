package org.sigqueue.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command line: its refusals and its output. */
class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "latency --peers nobody      | no peer is named 'nobody'; there are: all, c-handler, c-borrower, c-futex",
        "latency --pace 0us          | as in 30us, 1ms, 2s",
        "latency --pace fast         | as in 30us, 1ms, 2s",
        "latency --samples 0         | allowed are 1 to 10000000",
        "latency --rounds 101        | allowed are 1 to 100",
        "latency --cpus -1           | allowed are 0 to 1024",
        "latency --json /no/such/dir | Invalid value for option '--json': cannot write to",
        "stress --workers 0          | allowed are 1 to 256",
        "stress --workers 1,,2       | allowed are 1 to 256",
        "stress --duration 1h        | as in 30us, 1ms, 2s",
        "stress --peers tokio        | no peer is named 'tokio'; there are: all, c-handler, channel",
        "storm --count x             | allowed are 1 to 10000000",
        "rt --peers go               | no peer is named 'go'",
        "latency --against nowhere   | there is no benchmarks.jar in nowhere",
        "latency --delivery steered  | allowed are handler, exclusive, all",
        "start --against nowhere     | no peer of another build takes part in this measurement",
        "fanout --channels 100001    | allowed are 1 to 100000",
        "start --idle 0s             | as in 30us, 1ms, 2s",
        "latency --fast              | Unknown option: '--fast'",
        "walk                        | Unmatched argument at index 0: 'walk'",
      })
  void wrongArgumentsEndWithTwoAndSayWhatIsAllowed(String arguments, String message) {
    assertEquals(2, run(arguments.strip().split(" +")));
    assertTrue(err.toString().contains(message), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void resultsComeAsTableAndAsJson(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("stress.json");
    int status =
        run(
            "stress",
            "--peers",
            "c-handler",
            "--workers",
            "2",
            "--duration",
            "1s",
            "--rounds",
            "1",
            "--json",
            file.toString());
    assertEquals(0, status, err.toString());
    assertTrue(out.toString().startsWith("peer       workers"), out.toString());
    assertTrue(
        err.toString().startsWith("[1/1] round 1: c-handler with 2 workers: "), err::toString);
    JsonObject row =
        JsonParser.parseString(Files.readString(file))
            .getAsJsonObject()
            .getAsJsonArray("rows")
            .get(0)
            .getAsJsonObject();
    assertEquals(
        Set.of(
            "peer",
            "delivery",
            "workers",
            "rounds",
            "sent_per_s",
            "delivered_per_s",
            "events_per_s",
            "cpu_s"),
        row.keySet());
    assertTrue(row.get("delivered_per_s").getAsDouble() > 0);
  }

  @Test
  void realTimeSignalsAreAllThereAndInOrder(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("rt.json");
    int status =
        run(
            "rt",
            "--peers",
            "c-sigwaitinfo",
            "--count",
            "2000",
            "--rounds",
            "1",
            "--json",
            file.toString());
    assertEquals(0, status, err.toString());
    JsonObject row =
        JsonParser.parseString(Files.readString(file))
            .getAsJsonObject()
            .getAsJsonArray("rows")
            .get(0)
            .getAsJsonObject();
    assertEquals(2000, row.get("delivered").getAsInt());
    assertEquals(0, row.get("lost").getAsInt());
    assertEquals(0, row.get("disorder").getAsInt());
  }

  private int run(String... arguments) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
