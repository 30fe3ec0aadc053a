package org.sigqueue.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The life of a JVM with the library, and the classes that the library loads in it. */
class StartTest {
  @Test
  void firstSignalDoesNotLoadFlightRecorderEvents() {
    List<String> loaded =
        start("-Xlog:class+load:stdout").stream()
            .filter(line -> line.matches(".*org\\.sigqueue\\.\\S*(Recorder|JfrEvents).*"))
            .toList();
    assertEquals(1, loaded.size(), loaded::toString); // the class that would load the events
    assertFalse(loaded.get(0).contains("$"), loaded::toString);
  }

  /** Classes that load slowly, and that a program does not need to receive one signal. */
  @Test
  void firstUseLoadsNoLambdaServiceEnumSetPoolSelectorOrLog(@TempDir Path directory)
      throws IOException {
    // As if another process of this user loaded the library at the same time.
    String first = "sigqueue-" + Files.getAttribute(directory, "unix:uid") + "-0";
    Files.createDirectories(directory.resolve(first).resolve("another"));
    List<String> said = start("-Xlog:class+load:stdout", "-Djava.io.tmpdir=" + directory);
    int notified = 0;
    while (!said.get(notified).startsWith("notify_ns")) {
      notified++;
    }
    int begin = notified;
    while (!said.get(begin).contains("StartPeer ")) {
      begin--;
    }
    List<String> loaded =
        said.subList(begin, notified).stream()
            .filter(line ->
                line.matches(
                    ".* (org\\.sigqueue\\.\\S*Lambda\\S*|java\\.lang\\.invoke\\.StringConcatFactory"
                        + "|java\\.util\\.concurrent\\.(ForkJoinPool|ThreadPoolExecutor)"
                        + "|java\\.util\\.ServiceLoader"
                        + "|java\\.util\\.regex\\.Pattern"
                        + "|java\\.util\\.EnumSet"
                        + "|sun\\.net\\.www\\.protocol\\.jar\\.JarURLConnection"
                        + "|java\\.nio\\.channels\\.Selector"
                        + "|org\\.slf4j\\.LoggerFactory) .*"))
            .toList();
    assertEquals(List.of(), loaded);
  }

  @Test
  void signalsArriveWithoutFlightRecorder() {
    List<String> said = start("--limit-modules=java.base,java.logging,jdk.unsupported");
    assertTrue(said.stream().anyMatch(line -> line.startsWith("first_signal_ns")), said::toString);
  }

  @Test
  void rowsTellStartIdleTimeAndEnd() {
    Start command = new Start();
    new CommandLine(command)
        .parseArgs("--peers", "nothing,jdk,sigqueue", "--rounds", "1", "--idle", "100ms");
    Measurement<Programs.Output> measurement = command.measure(new PrintWriter(new StringWriter()));
    JsonArray rows =
        JsonParser.parseString(measurement.json()).getAsJsonObject().getAsJsonArray("rows");

    JsonObject nothing = rows.get(0).getAsJsonObject();
    assertEquals("nothing", nothing.get("peer").getAsString());
    assertEquals("class path", nothing.get("path").getAsString());
    assertEquals("exit", nothing.get("end").getAsString());
    assertTrue(nothing.get("notify_ms").isJsonNull());
    assertTrue(nothing.get("idle_wakeups_per_s").isJsonNull());
    assertTrue(nothing.get("exit_ms").getAsDouble() > 0);
    assertTrue(nothing.get("jvm_ms").getAsDouble() > nothing.get("exit_ms").getAsDouble());
    for (int i = 1; i <= 2; i++) { // jdk and sigqueue
      JsonObject row = rows.get(i).getAsJsonObject();
      assertTrue(row.get("notify_ms").getAsDouble() > 0);
      assertTrue(row.get("first_signal_ms").getAsDouble() > row.get("notify_ms").getAsDouble());
      assertTrue(row.get("idle_wakeups_per_s").getAsDouble() >= 0);
      assertTrue(row.get("exit_ms").isJsonNull()); // the only run was idle
      assertTrue(row.get("jvm_ms").isJsonNull());
    }
    JsonObject returned = rows.get(5).getAsJsonObject(); // after nothing and jdk
    assertEquals("sigqueue", returned.get("peer").getAsString());
    assertEquals("return", returned.get("end").getAsString());
    assertTrue(returned.get("exit_ms").getAsDouble() > 0);
  }

  private static List<String> start(String... options) {
    List<String> command =
        new ArrayList<>(
            Programs.java("org.sigqueue.bench.peer.StartPeer", "sigqueue", "exit", "0"));
    command.addAll(1, List.of(options));
    return Programs.lines(command, null, Duration.ofMinutes(1));
  }
}
