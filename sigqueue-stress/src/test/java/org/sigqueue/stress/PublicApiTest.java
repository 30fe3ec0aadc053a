package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signals;
import org.sigqueue.core.SignalQueue;

/** The public API is the recorded one: nobody changes it without seeing that. */
class PublicApiTest {
  private static final Path NOW = Path.of("target/public-api");

  @Test
  void coreHasTheRecordedApi() throws IOException {
    assertRecorded("sigqueue-core", SignalQueue.class);
  }

  @Test
  void apiHasTheRecordedApi() throws IOException {
    assertRecorded("sigqueue-api", Signals.class);
  }

  private static void assertRecorded(String module, Class<?> anyOfTheModule) throws IOException {
    List<String> now = PublicApi.of(anyOfTheModule);
    Path written = Files.createDirectories(NOW).resolve(module + ".txt");
    Files.write(written, now);
    Path recorded = Path.of("..", module, "public-api.txt");
    List<String> before = Files.exists(recorded) ? Files.readAllLines(recorded) : List.of();
    assertEquals(
        "",
        String.join("\n", PublicApi.changes(before, now)),
        () ->
            ("The public API of %1$s is not the recorded one (- is lost, + is new). If that is"
                    + " intended, say so in CHANGELOG.md and record it:%n"
                    + "    cp sigqueue-stress/%2$s %1$s/public-api.txt%n")
                .formatted(module, written));
  }

  // ---- The check itself, on types that it is shown here

  @Test
  void removedMethodIsTold() {
    List<String> before = PublicApi.of(SignalQueue.class);
    String method = "  public boolean send(int);";
    assertTrue(before.contains(method), before.toString());
    List<String> now = new ArrayList<>(before);
    now.remove(method);
    assertEquals(
        List.of("- org.sigqueue.core.SignalQueue: public boolean send(int);"),
        PublicApi.changes(before, now));
    assertEquals(
        List.of("+ org.sigqueue.core.SignalQueue: public boolean send(int);"),
        PublicApi.changes(now, before));
    assertEquals(List.of(), PublicApi.changes(before, before));
  }

  @Test
  void packagesThatAreNotExportedAreNoPartOfIt() {
    List<String> api = PublicApi.of(Signals.class);
    assertTrue(api.stream().anyMatch(line -> line.contains("class org.sigqueue.Signals")));
    assertFalse(
        api.stream().anyMatch(line -> line.matches(".* class org\\.sigqueue\\.dispatch.*")));
  }
}
