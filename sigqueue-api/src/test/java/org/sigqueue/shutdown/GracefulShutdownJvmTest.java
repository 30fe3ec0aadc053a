package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.ChildJvm;

/** Graceful shutdown with the shutdown hooks and the exit of a real JVM, by virtual signals. */
@Timeout(400)
@TestMethodOrder(OrderAnnotation.class)
class GracefulShutdownJvmTest {
  private static final String EXIT_AND_STEP_HANGS = "exit with a step that hangs";
  private static final String STEP_HANGS = "step that hangs";
  private static final String HOOK_HANGS = "hook that hangs";
  private static final String LOG_HANGS = "log that hangs";
  private static final String NO_PROVIDER = ", without a logging provider";
  private static final int LAST = Integer.MAX_VALUE;

  @TempDir private static Path directories;

  /** Those that end at a deadline, by scenario; they wait for it during the other tests. */
  private static final Map<String, FutureTask<ChildJvm.Result>> WAITING = new HashMap<>();

  @TempDir private Path directory;

  @BeforeAll
  static void startThoseThatWait() throws Exception {
    for (String scenario : List.of(EXIT_AND_STEP_HANGS, STEP_HANGS, HOOK_HANGS, LOG_HANGS)) {
      start(scenario, scenario, newJvm());
    }
    start(STEP_HANGS + NO_PROVIDER, STEP_HANGS, newJvm().withoutLoggingProvider());
  }

  private static ChildJvm newJvm() throws IOException {
    return new ChildJvm(Files.createTempDirectory(directories, "jvm"));
  }

  private static void start(String name, String scenario, ChildJvm jvm) {
    FutureTask<ChildJvm.Result> task =
        new FutureTask<>(() -> jvm.run(ShutdownProgram.class, scenario));
    WAITING.put(name, task);
    new Thread(task, name).start();
  }

  /** The interrupt kills what is left. */
  @AfterAll
  static void endThoseThatWait() {
    WAITING.values().forEach(each -> each.cancel(true));
    WAITING.clear();
  }

  private static ChildJvm.Result waiting(String name) throws Exception {
    return Objects.requireNonNull(WAITING.get(name)).get();
  }

  private ChildJvm.Result run(String scenario) throws Exception {
    return new ChildJvm(directory).run(ShutdownProgram.class, scenario);
  }

  private static void assertLogged(ChildJvm.Result result, String... parts) {
    for (String part : parts) {
      assertTrue(result.log().contains(part), result.log());
    }
  }

  @Test
  void stepsThenHooksThenTheStatusOfTheSignal() throws Exception {
    ChildJvm.Result result = run("signal");
    assertEquals(143, result.status());
    assertEquals(List.of("one", "two", "hook"), result.out());
    assertLogged(
        result,
        "SIGTERM from pid ",
        " (java) uid 0, cause USER, verified, command line '",
        ShutdownProgram.class.getName() + " signal', parent pid " + ProcessHandle.current().pid(),
        "step 'one' took ",
        "status 143");
    assertEquals(2, result.log().split("SIGTERM", -1).length, result.log());
  }

  @Test
  void chosenStatus() throws Exception {
    ChildJvm.Result result = run("chosen status");
    assertEquals(0, result.status());
    assertEquals(List.of("one", "hook"), result.out());
  }

  @Test
  void failureOfOneOfTwoShutdownsIsTheStatus() throws Exception {
    ChildJvm.Result result = run("two shutdowns");
    assertEquals(1, result.status());
    assertEquals(List.of("one", "hook"), result.out());
    assertLogged(result, " ms, all done", " ms, not all done", "now exit status 1");
  }

  @Test
  void haltTellsWhichStepOfAnotherShutdownHangs() throws Exception {
    ChildJvm.Result result = run("two shutdowns of which one hangs");
    assertEquals(ExitStatus.HALTED, result.status());
    assertEquals(List.of("one"), result.out());
    assertLogged(result, "SIGTERM from pid ", "during step 'hangs': halted, exit status 124");
  }

  @Test
  void deadlineHoldsWithoutMemory() throws Exception {
    ChildJvm.Result result =
        new ChildJvm(directory).option("-Xmx24m").run(ShutdownProgram.class, "full heap");
    assertEquals(ExitStatus.HALTED, result.status());
    assertEquals(List.of("one", "full"), result.out());
  }

  @Test
  void sourceThatCannotKillExits() throws Exception {
    ChildJvm.Result result = run("no death");
    assertEquals(130, result.status());
    assertEquals(List.of("one", "hook"), result.out());
    assertLogged(result, "cannot die by SIGINT");
  }

  @Test
  void endOfTheLastThreadRunsTheSteps() throws Exception {
    ChildJvm.Result result = run("end of main");
    assertEquals(0, result.status());
    assertEquals(List.of("hook", "one"), result.out().stream().sorted().toList());
  }

  @Test
  void endOfTheOtherThreadsIsNotTheEndOfTheSteps() throws Exception {
    ChildJvm.Result result = run("end of main during the steps");
    assertEquals(143, result.status());
    assertEquals(List.of("one", "two", "hook"), result.out());
  }

  @Test
  void exitBySomebodyRunsTheStepsAndKeepsItsStatus() throws Exception {
    ChildJvm.Result result = run("exit");
    assertEquals(5, result.status());
    assertEquals(List.of("hook", "one"), result.out().stream().sorted().toList());
  }

  @Order(LAST)
  @Test
  void exitBySomebodyGoesOnAtTheDeadline() throws Exception {
    ChildJvm.Result result = waiting(EXIT_AND_STEP_HANGS);
    assertEquals(5, result.status());
    assertLogged(
        result,
        "the JVM is exiting: shutdown begins, 2 steps",
        "step 'one' took ",
        "step 'hangs' did not end within ",
        "CountDownLatch.await");
  }

  @Test
  void programBeginsItAndMainReturns() throws Exception {
    ChildJvm.Result result = run("begin");
    assertEquals(3, result.status());
    assertEquals(List.of("one", "two", "hook"), result.out());
    assertLogged(result, "the program itself: the disk is full: shutdown begins, 2 steps");
  }

  @Test
  void exitBySomebodyDuringAShutdownWaitsForTheSteps() throws Exception {
    ChildJvm.Result result = run("exit during the steps");
    assertEquals(4, result.status());
    assertEquals(List.of("hook", "one", "two"), result.out().stream().sorted().toList());
  }

  @Test
  void exitByAStepDoesNotHangOrSkipTheOthers() throws Exception {
    ChildJvm.Result result = run("exit by a step");
    assertEquals(9, result.status());
    assertEquals(List.of("hook", "one", "two"), result.out().stream().sorted().toList());
    assertLogged(result, "step 'exits' has called System.exit");
  }

  @Order(LAST)
  @Test
  void stepThatHangsIsToldWithItsStackAndTheNextOneRuns() throws Exception {
    ChildJvm.Result result = waiting(STEP_HANGS);
    assertEquals(ExitStatus.FAILED, result.status());
    assertEquals(List.of("one", "two", "hook"), result.out());
    assertLogged(
        result,
        "step 'hangs' did not end within ",
        "thread 'sigqueue-shutdown-step hangs', WAITING on java.util.concurrent.CountDownLatch",
        "CountDownLatch.await");
  }

  @Order(LAST)
  @Test
  void watchdogTellsWhichHookHangs() throws Exception {
    ChildJvm.Result result = waiting(HOOK_HANGS);
    assertEquals(ExitStatus.HALTED, result.status());
    assertLogged(
        result, "shutdown hooks", "thread 'slow hook', WAITING on ", "ShutdownProgram.hang");
    assertFalse(result.log().contains("thread 'sigqueue-shutdown"), result.log());
  }

  @Order(LAST)
  @Test
  void logThatHangsKeepsNoStepFromRunning() throws Exception {
    ChildJvm.Result result = waiting(LOG_HANGS);
    assertEquals(143, result.status());
    assertEquals(List.of("one", "hook"), result.out());
  }

  @Test
  void repeatedSignalsAreOneRequest() throws Exception {
    ChildJvm.Result result = run("repeated signal");
    assertEquals(0, result.status());
    assertEquals(List.of("one", "two", "hook"), result.out());
    assertLogged(
        result,
        ": the same request again; the shutdown goes on, in step 'ends'",
        ": the shutdown goes on, in step 'ends'; another such signal halts it");
  }

  @Test
  void secondSignalForces() throws Exception {
    ChildJvm.Result result = run("second signal");
    assertEquals(ExitStatus.HALTED, result.status());
    assertEquals(List.of("one"), result.out());
    assertLogged(result, "SIGINT from pid ", "during step 'hangs': halted, exit status 124");
  }

  @Test
  void secondSignalForcesWhileAHookHangs() throws Exception {
    ChildJvm.Result result = run("second signal during the hooks");
    assertEquals(ExitStatus.HALTED, result.status());
    assertLogged(result, "during the JVM's shutdown hooks: halted, exit status 124");
  }

  @Test
  void secondSignalForcesWhileAHookHangsInAnExitBySomebody() throws Exception {
    ChildJvm.Result result = run("second signal during an exit by somebody");
    assertEquals(ExitStatus.HALTED, result.status());
    assertLogged(
        result,
        ": the shutdown goes on, in the JVM's shutdown hooks; another such signal halts it",
        "during the JVM's shutdown hooks: halted, exit status 124");
  }

  @Order(LAST)
  @Test
  void withoutALoggingProviderStandardErrorTellsWhoAskedAndWhatHangs() throws Exception {
    ChildJvm.Result result = waiting(STEP_HANGS + NO_PROVIDER);
    assertEquals(ExitStatus.FAILED, result.status());
    assertLogged(
        result,
        "sigqueue INFO SIGTERM from pid ",
        ": shutdown begins, 3 steps",
        "sigqueue ERROR step 'hangs' did not end within ");
  }
}
