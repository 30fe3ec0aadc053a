package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.Signals;

/** What the README shows is what is compiled, and it works. */
@Timeout(60)
class ReadmeTest {
  @Test
  void exampleIsTheOneThatIsCompiled() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/org/sigqueue/stress/ReadmeExample.java"));
    String readme = Files.readString(Path.of("../README.md"));
    int start = readme.indexOf("```java\n") + "```java\n".length();
    String example = readme.substring(start, readme.indexOf("```", start));
    String indented = example.lines().collect(Collectors.joining("\n    ", "    ", "\n"));
    assertTrue(source.contains(indented), indented);
  }

  @Test
  void signalFromAShellReachesTheExampleWithTheShellsPid() throws Exception {
    Process java =
        new ProcessBuilder(
                "env",
                "--default-signal=HUP,TERM", // whoever runs the tests may ignore them: nohup
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                Child.class.getName())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output = java.inputReader()) {
      assertEquals("ready", output.readLine());
      assertEquals(
          "SIGHUP from pid " + sendByShell("HUP", java.pid()) + " uid " + uid(), output.readLine());
      assertEquals("reloaded", output.readLine());
      assertEquals(
          "SIGTERM from pid " + sendByShell("TERM", java.pid()) + " uid " + uid(),
          output.readLine());
      assertEquals(0, java.waitFor());
    } finally {
      java.destroyForcibly();
    }
  }

  /** Runs the example, and says when a signal would reach it. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      Thread watch =
          new Thread(() -> {
            while (!isReceived(Signal.HUP) || !isReceived(Signal.TERM)) {
              Thread.onSpinWait();
            }
            System.out.println("ready");
          });
      watch.setDaemon(true);
      watch.start();
      ReadmeExample.main(args);
    }

    private static boolean isReceived(Signal signal) {
      return Signals.status(signal).explanation().equals("it is received");
    }
  }

  /** Sends by the shell's own kill, and returns the shell's pid. */
  private static long sendByShell(String signal, long pid) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid).start();
    assertEquals(0, shell.waitFor());
    return shell.pid();
  }

  private static String uid() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
  }

  /** All that this test sees, whether by class path or by module path. */
  private static String classPath() {
    return String.join(
        File.pathSeparator,
        "target/test-classes",
        System.getProperty("java.class.path"),
        System.getProperty("jdk.module.path", "target/classes"));
  }
}
