package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Graceful shutdown with the shutdown hooks and the exit of a real JVM, by virtual signals. */
@Timeout(120)
class GracefulShutdownJvmTest {
  @TempDir Path directory;

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
        result, "SIGTERM from pid ", " uid ", "cause USER", "step 1 'one' took ", "status 143");
    assertEquals(2, result.log().split("SIGTERM", -1).length, result.log());
  }

  @Test
  void chosenStatus() throws Exception {
    ChildJvm.Result result = run("chosen status");
    assertEquals(0, result.status());
    assertEquals(List.of("one", "hook"), result.out());
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

  @Test
  void exitBySomebodyGoesOnAtTheDeadline() throws Exception {
    ChildJvm.Result result = run("exit with a step that hangs");
    assertEquals(5, result.status());
    assertLogged(result, "it hangs in step 2 'hangs'", "CountDownLatch.await");
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
    assertLogged(result, "step 2 'exits' has called System.exit");
  }

  @Test
  void watchdogTellsWhereAStepHangs() throws Exception {
    ChildJvm.Result result = run("step that hangs");
    assertEquals(143, result.status());
    assertEquals(List.of("one"), result.out());
    assertLogged(
        result,
        "it hangs in step 2 'hangs'",
        "thread 'sigqueue-shutdown', WAITING on java.util.concurrent.CountDownLatch",
        "CountDownLatch.await");
  }

  @Test
  void watchdogTellsWhichHookHangs() throws Exception {
    ChildJvm.Result result = run("hook that hangs");
    assertEquals(143, result.status());
    assertLogged(
        result, "shutdown hooks", "thread 'slow hook', WAITING on ", "ShutdownProgram.hang");
    assertFalse(result.log().contains("sigqueue-last-words'"), result.log());
  }

  @Test
  void logThatHangsDoesNotKeepTheProcessAlive() throws Exception {
    assertEquals(143, run("log that hangs").status());
  }

  @Test
  void secondSignalForces() throws Exception {
    ChildJvm.Result result = run("second signal");
    assertEquals(130, result.status());
    assertEquals(List.of("one"), result.out());
    assertLogged(result, "SIGTERM from pid ", "during step 2 'hangs': halted, exit status 130");
  }
}
