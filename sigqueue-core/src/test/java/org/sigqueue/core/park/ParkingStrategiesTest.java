package org.sigqueue.core.park;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.core.SignalQueue;

@Timeout(120)
class ParkingStrategiesTest {
  @Test
  void builtInStrategiesHaveTheirNames() {
    assertEquals(Set.of("adaptive", "park", "spin", "yield"), ParkingStrategies.all().keySet());
    assertSame(ParkingStrategies.SPIN, ParkingStrategies.byName("spin"));
  }

  @Test
  void unknownNameIsRefusedWithTheKnownOnes() {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> ParkingStrategies.byName("nosuch"));
    assertEquals(
        "no parking strategy is named 'nosuch'; there are: adaptive, park, spin, yield",
        thrown.getMessage());
  }

  @Test
  void propertyChoosesTheStrategy() {
    System.setProperty(ParkingStrategies.PROPERTY, "yield");
    try {
      assertSame(ParkingStrategies.YIELD, ParkingStrategies.preferred());
    } finally {
      System.clearProperty(ParkingStrategies.PROPERTY);
    }
    assertSame(ParkingStrategies.ADAPTIVE, ParkingStrategies.preferred());
  }

  @Test
  void pluginIsFoundOnTheClassPath(@TempDir Path dir) throws Exception {
    Path plugin = compilePlugin(dir);
    String path = core() + java.io.File.pathSeparator + plugin;
    assertEquals("received 10 by dozing\n", run("-cp", path, "plugin.Probe"));
  }

  @Test
  void pluginIsFoundOnTheModulePath(@TempDir Path dir) throws Exception {
    Path plugin = compilePlugin(dir);
    String path = core() + java.io.File.pathSeparator + plugin;
    assertEquals("received 10 by dozing\n", run("-p", path, "-m", "plugin/plugin.Probe"));
  }

  /** Where the engine's classes are: the class path or, under a patched module, the same folder. */
  private static Path core() throws Exception {
    return Path.of(SignalQueue.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static Path compilePlugin(Path dir) throws Exception {
    Path sources = Files.createDirectories(dir.resolve("src/plugin"));
    Path classes =
        Files.createDirectories(dir.resolve("plugin/META-INF/services")).resolve("../..");
    Files.writeString(
        classes.resolve("META-INF/services/org.sigqueue.core.park.ParkingStrategy"),
        "plugin.Dozing\n");
    Files.writeString(
        sources.resolve("Dozing.java"),
        """
        package plugin;
        import org.sigqueue.core.park.*;
        public final class Dozing implements ParkingStrategy {
          @Override public String name() { return "dozing"; }
          @Override public Note newNote(NoteWord word) {
            return new Note(word) {
              @Override public WakeMethod wakeMethod() { return WakeMethod.WORD; }
              @Override protected void block(long nanos) { Thread.onSpinWait(); }
              @Override protected void unblock() {}
            };
          }
        }
        """);
    Files.writeString(
        sources.resolve("Probe.java"),
        """
        package plugin;
        import org.sigqueue.core.*;
        import org.sigqueue.core.park.*;
        public final class Probe {
          public static void main(String[] args) throws Exception {
            SignalQueue queue = SignalQueue.create();
            Receiver receiver = queue.claim(ParkingStrategies.byName("dozing"));
            new Thread(() -> queue.send(10)).start();
            System.out.println("received " + receiver.receive() + " by dozing");
          }
        }
        """);
    Path module = sources.resolveSibling("module-info.java");
    Files.writeString(
        module,
        """
        module plugin {
          requires org.sigqueue.core;
          provides org.sigqueue.core.park.ParkingStrategy with plugin.Dozing;
        }
        """);
    int status =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "--release",
                "17",
                "-p",
                core().toString(),
                "-d",
                classes.toString(),
                module.toString(),
                sources.resolve("Dozing.java").toString(),
                sources.resolve("Probe.java").toString());
    assertEquals(0, status);
    return classes.normalize();
  }

  private static String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(100, TimeUnit.SECONDS));
    return output;
  }
}
