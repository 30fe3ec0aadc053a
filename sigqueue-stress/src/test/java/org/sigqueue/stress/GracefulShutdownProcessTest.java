package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graceful shutdown of child JVMs by real signals, with what their parent sees. */
@Timeout(120)
@TestMethodOrder(OrderAnnotation.class)
class GracefulShutdownProcessTest {
  private static final String STEP_HANGS = "step hangs";
  private static final String HOOK_HANGS = "hook hangs, soon";
  private static final int LAST = Integer.MAX_VALUE;

  @TempDir private static Path directory;

  /** Those that end at a deadline, by status and fault; they wait for it during the other tests. */
  private static final Map<List<String>, ShutdownProcess> WAITING = new HashMap<>();

  private static int count;

  private @Nullable ShutdownProcess process;

  @BeforeAll
  static void startThoseThatWait() throws Exception {
    for (String status : List.of("signal", "0", "death")) {
      for (String what : List.of(STEP_HANGS, HOOK_HANGS)) {
        WAITING.put(List.of(status, what), new ShutdownProcess(newLog(), "", status, what));
      }
    }
    for (ShutdownProcess each : WAITING.values()) {
      each.awaitReady();
    }
    for (ShutdownProcess each : WAITING.values()) {
      each.send("TERM");
    }
  }

  @AfterAll
  static void killThoseThatWait() {
    WAITING.values().forEach(ShutdownProcess::close);
    WAITING.clear();
  }

  private static Path newLog() {
    return directory.resolve("log" + count++);
  }

  private ShutdownProcess start(String how, String status, String what) throws Exception {
    process = new ShutdownProcess(newLog(), how, status, what);
    process.awaitReady();
    return process;
  }

  private static ShutdownProcess waiting(String status, String what) {
    return Objects.requireNonNull(WAITING.get(List.of(status, what)));
  }

  @AfterEach
  void killWhatIsLeft() {
    if (process != null) {
      process.close();
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
    ShutdownProcess child = start("", status, "");
    child.send(signal);
    assertEquals(List.of("one", "two", "hook", end), child.rest());
  }

  @ParameterizedTest
  @CsvSource({"HUP, died of 1", "INT, died of 2", "TERM, died of 15"})
  void stepsThenHooksThenDeathBySignal(String signal, String end) throws Exception {
    ShutdownProcess child = start("", "death", "");
    child.send(signal);
    assertEquals(List.of("one", "two", "hook", end), child.rest());
  }

  @Test
  void exitBySomebodyBeforeOursIsNoDeathBySignal() throws Exception {
    ShutdownProcess child = start("", "death", "exit by somebody before ours");
    child.send("TERM");
    assertEquals(List.of("one", "two", "hook", "exited with 5"), child.rest());
  }

  @Test
  void logTellsWhoSentTheSignal() throws Exception {
    ShutdownProcess child = start("", "signal", "");
    long sender = child.send("TERM");
    child.rest();
    assertTrue(child.log().contains("SIGTERM from pid " + sender + " "), child::log);
    assertTrue(child.log().contains("cause USER, verified"), child::log);
  }

  @Order(LAST)
  @ParameterizedTest
  @CsvSource({"signal", "0", "death"})
  void stepThatHangsIsAFailureAndTheOthersRun(String status) throws Exception {
    ShutdownProcess child = waiting(status, STEP_HANGS);
    assertEquals(List.of("one", "hangs", "two", "hook", "exited with 1"), child.rest());
    assertTrue(child.log().contains("step 'hangs' did not end within "), child::log);
    assertTrue(child.log().contains("thread 'sigqueue-shutdown-step hangs', WAITING"), child::log);
    assertTrue(child.log().contains("CountDownLatch.await"), child::log);
  }

  @Order(LAST)
  @ParameterizedTest
  @CsvSource({"signal", "0", "death"})
  void hookThatHangsIsHaltedAtTheDeadline(String status) throws Exception {
    ShutdownProcess child = waiting(status, HOOK_HANGS);
    assertEquals(List.of("one", "hook hangs", "exited with 124"), child.rest());
    assertTrue(child.log().contains("it hangs in the JVM's shutdown hooks"), child::log);
    assertTrue(child.log().contains("thread 'the hook', WAITING"), child::log);
  }

  @ParameterizedTest
  @CsvSource({"signal, exited with 124", "0, exited with 124", "death, died of 2"})
  void secondInterruptEndsStepsThatHang(String status, String end) throws Exception {
    ShutdownProcess child = start("", status, "step hangs for ever");
    child.send("INT");
    assertEquals("one", child.nextLine());
    assertEquals("hangs", child.nextLine());
    child.send("INT");
    assertEquals(List.of(end), child.rest());
  }

  @ParameterizedTest
  @CsvSource({"signal, exited with 124", "0, exited with 124", "death, died of 2"})
  void secondInterruptEndsHooksThatHang(String status, String end) throws Exception {
    ShutdownProcess child = start("", status, "hook hangs");
    child.send("INT");
    assertEquals("one", child.nextLine());
    assertEquals("hook hangs", child.nextLine());
    child.send("INT");
    assertEquals(List.of(end), child.rest());
  }

  @ParameterizedTest
  @CsvSource({"signal, exited with 124", "0, exited with 124", "death, died of 2"})
  void secondInterruptEndsAnExitByTheProgramThatHangs(String status, String end) throws Exception {
    ShutdownProcess child = start("", status, "hook hangs, exit");
    List<String> lines = List.of(child.nextLine(), child.nextLine());
    assertEquals(Set.of("one", "hook hangs"), Set.copyOf(lines));
    child.send("INT");
    child.awaitLog("SIGINT"); // or the kernel may merge the two
    child.send("INT");
    assertEquals(List.of(end), child.rest());
  }

  @Test
  void termAfterAnInterruptIsNoRepetition() throws Exception {
    ShutdownProcess child = start("", "0", "step hangs for ever");
    child.send("INT");
    assertEquals("one", child.nextLine());
    assertEquals("hangs", child.nextLine());
    child.send("TERM");
    child.awaitLog("SIGTERM from pid");
    child.send("HUP");
    child.awaitLog("SIGHUP from pid");
    child.send("TERM");
    assertEquals(List.of("exited with 124"), child.rest());
    assertEquals(
        3, child.log().split("the shutdown goes on, in step 'hangs'", -1).length, child::log);
    assertTrue(child.log().contains("during step 'hangs': halted, exit status 124"), child::log);
  }

  @Test
  void nohupIsRespected() throws Exception {
    ShutdownProcess child = start("nohup", "signal", "");
    child.send("HUP");
    child.send("TERM");
    assertEquals(List.of("one", "two", "hook", "exited with 143"), child.rest());
  }

  @Test
  void closedShutdownLeavesTheSignalToTheJvm() throws Exception {
    ShutdownProcess child = start("", "0", "close");
    child.send("TERM");
    assertEquals(List.of("hook", "exited with 143"), child.rest());
  }
}
