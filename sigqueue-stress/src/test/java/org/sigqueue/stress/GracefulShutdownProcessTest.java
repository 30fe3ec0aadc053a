package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graceful shutdown of child JVMs by real signals, with what their parent sees. */
@Timeout(120)
class GracefulShutdownProcessTest {
  /**
   * The parent: a Process of Java cannot tell a death by signal from a status, and children inherit
   * which signals are ignored.
   */
  private static final String PARENT =
      """
      $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM);
      $SIG{HUP} = 'IGNORE' if shift eq 'nohup';
      system { $ARGV[0] } @ARGV;
      print $? & 127 ? 'died of ' . ($? & 127) : 'exited with ' . ($? >> 8), "\\n";
      """;

  @TempDir Path directory;

  private Process parent;
  private BufferedReader out;
  private long pid;

  private void start(String how, String status, String what) throws Exception {
    List<String> command = new ArrayList<>(List.of("perl", "-e", PARENT, how));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
            "-cp",
            classPath(),
            ShutdownChild.class.getName(),
            status,
            what));
    parent = new ProcessBuilder(command).redirectError(directory.resolve("log").toFile()).start();
    out = parent.inputReader(StandardCharsets.UTF_8);
    String ready = String.valueOf(out.readLine());
    assertTrue(ready.startsWith("ready "), () -> ready + "\n" + log());
    pid = Long.parseLong(ready.substring("ready ".length()));
  }

  /** The class path and module path of this JVM, with the tests. */
  private static String classPath() throws Exception {
    Path child = Path.of(ShutdownChild.class.getResource("ShutdownChild.class").toURI());
    Path tests = child.getParent().getParent().getParent().getParent();
    return Stream.of(
            tests.toString(),
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path"))
        .filter(Objects::nonNull)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Sends the signal and returns the pid of the sender. */
  private long send(String signal) throws Exception {
    Process sender = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid).start();
    assertEquals(0, sender.waitFor());
    return sender.pid();
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void awaitLog(String text) throws Exception {
    while (!log().contains(text)) { // to the timeout of the test
      Thread.sleep(10);
    }
  }

  /** The lines that the child prints from now on; the last one tells how it has ended. */
  private List<String> rest() throws Exception {
    List<String> lines = out.lines().toList();
    assertTrue(parent.waitFor(60, TimeUnit.SECONDS));
    return lines;
  }

  @AfterEach
  void killWhatIsLeft() {
    if (parent != null) {
      if (parent.isAlive()) { // else its number may be another's
        parent.descendants().forEach(ProcessHandle::destroyForcibly);
      }
      parent.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HUP, signal, exited with 129", "INT, signal, exited with 130", "TERM, signal, exited with 143",
    "HUP, 0, exited with 0", "INT, 0, exited with 0", "TERM, 0, exited with 0",
    "HUP, 7, exited with 7", "INT, 7, exited with 7", "TERM, 7, exited with 7",
  })
  void stepsThenHooksThenTheChosenStatus(String signal, String status, String end)
      throws Exception {
    start("", status, "");
    send(signal);
    assertEquals(List.of("one", "two", "hook", end), rest());
  }

  @ParameterizedTest
  @CsvSource({"HUP, died of 1", "INT, died of 2", "TERM, died of 15"})
  void stepsThenHooksThenDeathBySignal(String signal, String end) throws Exception {
    start("", "death", "");
    send(signal);
    assertEquals(List.of("one", "two", "hook", end), rest());
  }

  @Test
  void exitBySomebodyBeforeOursIsNoDeathBySignal() throws Exception {
    start("", "death", "exit by somebody before ours");
    send("TERM");
    assertEquals(List.of("one", "two", "hook", "exited with 5"), rest());
  }

  @Test
  void logTellsWhoSentTheSignal() throws Exception {
    start("", "signal", "");
    long sender = send("TERM");
    rest();
    assertTrue(log().contains("SIGTERM from pid " + sender + " "), this::log);
    assertTrue(log().contains("cause USER, verified"), this::log);
  }

  @ParameterizedTest
  @CsvSource({"signal", "0", "death"})
  void stepThatHangsIsAFailureAndTheOthersRun(String status) throws Exception {
    start("", status, "step hangs");
    send("TERM");
    assertEquals(List.of("one", "hangs", "two", "hook", "exited with 1"), rest());
    assertTrue(log().contains("step 'hangs' did not end within "), this::log);
    assertTrue(log().contains("thread 'sigqueue-shutdown-step hangs', WAITING"), this::log);
    assertTrue(log().contains("CountDownLatch.await"), this::log);
  }

  @ParameterizedTest
  @CsvSource({"signal", "0", "death"})
  void hookThatHangsIsHaltedAtTheDeadline(String status) throws Exception {
    start("", status, "hook hangs, soon");
    send("TERM");
    assertEquals(List.of("one", "hook hangs", "exited with 124"), rest());
    assertTrue(log().contains("it hangs in the JVM's shutdown hooks"), this::log);
    assertTrue(log().contains("thread 'the hook', WAITING"), this::log);
  }

  @ParameterizedTest
  @CsvSource({"signal, exited with 124", "0, exited with 124", "death, died of 2"})
  void secondInterruptEndsStepsThatHang(String status, String end) throws Exception {
    start("", status, "step hangs for ever");
    send("INT");
    assertEquals("one", out.readLine());
    assertEquals("hangs", out.readLine());
    send("INT");
    assertEquals(List.of(end), rest());
  }

  @ParameterizedTest
  @CsvSource({"signal, exited with 124", "0, exited with 124", "death, died of 2"})
  void secondInterruptEndsHooksThatHang(String status, String end) throws Exception {
    start("", status, "hook hangs");
    send("INT");
    assertEquals("one", out.readLine());
    assertEquals("hook hangs", out.readLine());
    send("INT");
    assertEquals(List.of(end), rest());
  }

  @ParameterizedTest
  @CsvSource({"signal, exited with 124", "0, exited with 124", "death, died of 2"})
  void secondInterruptEndsAnExitByTheProgramThatHangs(String status, String end) throws Exception {
    start("", status, "hook hangs, exit");
    List<String> lines = List.of(out.readLine(), out.readLine());
    assertEquals(Set.of("one", "hook hangs"), Set.copyOf(lines));
    send("INT");
    awaitLog("SIGINT"); // or the kernel may merge the two
    send("INT");
    assertEquals(List.of(end), rest());
  }

  @Test
  void termAfterAnInterruptIsNoRepetition() throws Exception {
    start("", "0", "step hangs for ever");
    send("INT");
    assertEquals("one", out.readLine());
    assertEquals("hangs", out.readLine());
    send("TERM");
    awaitLog("SIGTERM from pid");
    send("HUP");
    awaitLog("SIGHUP from pid");
    send("TERM");
    assertEquals(List.of("exited with 124"), rest());
    assertEquals(3, log().split("the shutdown goes on, in step 'hangs'", -1).length, this::log);
    assertTrue(log().contains("during step 'hangs': halted, exit status 124"), this::log);
  }

  @Test
  void nohupIsRespected() throws Exception {
    start("nohup", "signal", "");
    send("HUP");
    send("TERM");
    assertEquals(List.of("one", "two", "hook", "exited with 143"), rest());
  }

  @Test
  void closedShutdownLeavesTheSignalToTheJvm() throws Exception {
    start("", "0", "close");
    send("TERM");
    assertEquals(List.of("hook", "exited with 143"), rest());
  }
}
