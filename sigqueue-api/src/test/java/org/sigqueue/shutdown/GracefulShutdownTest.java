package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.shutdown.ShutdownReport.Outcome;
import org.sigqueue.shutdown.ShutdownReport.Result;
import org.sigqueue.testing.VirtualSignal;
import org.sigqueue.testing.VirtualSignalSource;

/** Graceful shutdown: its beginnings, its course, and the end of the process. */
class GracefulShutdownTest extends ShutdownTestBase {
  @Test
  void stepsRunInOrderAndThenTheProcessExits() throws Exception {
    GracefulShutdown.Builder builder = shutdown(Signal.INT, Signal.TERM);
    for (int i = 0; i < 5; i++) {
      String name = "step " + i;
      builder.step(name, () -> ran.add(name));
    }
    GracefulShutdown shutdown = builder.install();
    assertFalse(shutdown.hasBegun());
    assertEquals(Optional.empty(), shutdown.report());
    source.raise(Signal.TERM);
    assertEquals("EXIT 143", end());
    assertEquals(List.of("step 0", "step 1", "step 2", "step 3", "step 4"), ran);
    assertTrue(shutdown.hasBegun());
    ShutdownReport report = shutdown.report().orElseThrow();
    assertEquals(Outcome.COMPLETED, report.outcome());
    assertEquals(ran, report.steps(Result.DONE));
    assertEquals(Signal.TERM, report.event().orElseThrow().signal());
  }

  @Test
  void programWithoutStepsExits() throws Exception {
    shutdown(Signal.HUP).install();
    source.raise(Signal.HUP);
    assertEquals("EXIT 129", end());
  }

  @Test
  void threadThatLeadsTheStepsKeepsTheJvmAlive() throws Exception {
    AtomicReference<Thread> leader = new AtomicReference<>();
    shutdown(Signal.TERM)
        .step(
            "looks",
            () ->
                leader.set(
                    Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals("sigqueue-shutdown"))
                        .findAny()
                        .orElseThrow()))
        .install();
    source.raise(Signal.TERM);
    end();
    assertFalse(leader.get().isDaemon());
  }

  @Test
  void deadlineIsThatOfAllStepsTogether() throws Exception {
    GracefulShutdown.Builder builder = shutdown(Signal.TERM).within(Duration.ofMillis(500));
    for (int i = 0; i < 300; i++) { // so that not all are done by the time somebody looks
      builder.step("takes a fifth of it", LONG, () -> release.await(100, TimeUnit.MILLISECONDS));
    }
    GracefulShutdown shutdown = builder.install();
    source.raise(Signal.TERM);
    assertEquals("HALT 124", end());
    ShutdownReport report = shutdown.report().orElseThrow();
    assertEquals(Outcome.HALTED, report.outcome());
    assertFalse(report.steps(Result.NOT_BEGUN).isEmpty());
  }

  @Test
  void deadlineHaltsHooksThatHang() throws Exception {
    for (Duration within = Duration.ofSeconds(1); ; within = within.multipliedBy(4)) {
      VirtualSignalSource each = new VirtualSignalSource();
      each.process().addHook(new Thread(this::hang, "hangs"));
      try (SignalNotifier signals = SignalNotifier.builder().source(each).build()) {
        GracefulShutdown shutdown =
            GracefulShutdown.on(signals, Signal.TERM)
                .step("one", () -> ran.add("one"))
                .within(within)
                .graceTime(NEVER)
                .exitStatus(ExitStatus.of(0))
                .install();
        each.raise(Signal.TERM);
        assertEquals("HALT 124", each.process().awaitEnd(LONG).toString());
        ShutdownReport report = shutdown.report().orElseThrow();
        assertEquals(Outcome.HALTED, report.outcome());
        if (report.steps(Result.DONE).equals(List.of("one"))) {
          return;
        }
        assertTrue(within.toSeconds() < 60, report::toString); // that was enough for the step
      }
    }
  }

  @Test
  void exitBySomebodyRunsTheStepsAndKeepsItsStatus() throws Exception {
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("one", () -> ran.add("one"))
            .step("two", () -> ran.add("two"))
            .install();
    exit(5);
    assertEquals("EXIT 5", end());
    assertEquals(List.of("one", "two"), ran);
    assertEquals("the JVM is exiting", shutdown.report().orElseThrow().cause());
  }

  @Test
  void exitBySomebodyLeavesAHangingStepBehindAtTheDeadline() throws Exception {
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("hangs", LONG, this::hang)
            .within(Duration.ofMillis(500))
            .install();
    exit(5);
    assertEquals("EXIT 5", end());
    while (shutdown.report().isEmpty()) { // the exit does not wait for it
      Thread.onSpinWait();
    }
    ShutdownReport report = shutdown.report().orElseThrow();
    assertEquals(List.of(), report.steps(Result.DONE));
    if (report.steps(Result.NOT_BEGUN).isEmpty()) { // else this machine was too slow to begin it
      entered.await();
    }
  }

  @Test
  void exitBySomebodyDuringAShutdownWaitsForTheSteps() throws Exception {
    shutdown(Signal.TERM).step("hangs", this::hang).step("next", () -> ran.add("next")).install();
    source.raise(Signal.TERM);
    entered.await();
    Thread exit = exit(5);
    assertEquals(Optional.empty(), process.end());
    assertTrue(exit.isAlive());
    release.countDown();
    assertEquals("EXIT 5", end());
    assertEquals(List.of("hang", "next"), ran);
  }

  @Test
  void exitBySomebodyDuringAShutdownKeepsItsStatusWhereTheSignalWouldBeTheEnd() throws Exception {
    shutdown(Signal.TERM)
        .step("hangs", this::hang)
        .exitStatus(ExitStatus.deathBySignal())
        .install();
    process.addHook(new Thread(GracefulShutdownTest::awaitEndOfShutdownThread, "test-slow-hook"));
    source.raise(Signal.TERM);
    entered.await();
    exit(5);
    release.countDown();
    assertEquals("EXIT 5", end());
  }

  /** Keeps the process from its end until the shutdown has had its chance to change it. */
  private static void awaitEndOfShutdownThread() {
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("sigqueue-shutdown"))) {
      Thread.onSpinWait();
    }
  }

  @Test
  void programBeginsItWithAStatusAndAReason() throws Exception {
    GracefulShutdown shutdown = shutdown(Signal.TERM).step("one", () -> ran.add("one")).install();
    assertTrue(shutdown.begin(3, "the disk is full"));
    assertFalse(shutdown.begin(4, "and so is the other"));
    assertEquals("EXIT 3", end());
    assertEquals(List.of("one"), ran);
    ShutdownReport report = shutdown.report().orElseThrow();
    assertEquals("the program itself: the disk is full", report.cause());
    assertEquals(Optional.empty(), report.event());
  }

  @Test
  void senderInAnotherPidNamespaceIsUnknownAndHasNotEnded() throws Exception {
    assertEquals("SIGTERM from pid unknown uid 0 (unverified), cause USER", causeOfTermFrom(0));
  }

  @Test
  void senderThatHasEndedIsSaidToHaveEndedOnce() throws Exception {
    int noProcess = Integer.MAX_VALUE; // above all that a kernel gives
    assertEquals(
        "SIGTERM from pid " + noProcess + " (has ended) uid 0, cause USER, verified",
        causeOfTermFrom(noProcess));
  }

  private String causeOfTermFrom(long pid) throws Exception {
    GracefulShutdown shutdown = shutdown(Signal.TERM).install();
    source.raise(VirtualSignal.of(Signal.TERM).from(pid, 0));
    end();
    return shutdown.report().orElseThrow().cause();
  }

  @Test
  void programMayChooseTheStatusOfEachOutcome() throws Exception {
    shutdown(Signal.TERM)
        .step("fails", ShutdownTestBase::fail)
        .install()
        .begin(ExitStatus.of(3).whenFailed(4), "of a test");
    assertEquals("EXIT 4", end());
  }

  @Test
  void signalJoinsWhatTheProgramHasBegun() throws Exception {
    GracefulShutdown shutdown = shutdown(Signal.TERM).step("hangs", this::hang).install();
    shutdown.begin(3, "of a test");
    entered.await();
    source.raise(Signal.TERM);
    release.countDown();
    assertEquals("EXIT 3", end());
  }

  @Test
  void builderInstallsOnce() {
    GracefulShutdown.Builder builder = shutdown(Signal.TERM);
    builder.install().close();
    assertThrows(IllegalStateException.class, builder::install);
    assertEquals(0, process.hooks());
  }

  @Test
  void twoShutdownsRunBothTheirSteps() throws Exception {
    shutdown(Signal.TERM).step("hangs", this::hang).install();
    shutdown(Signal.TERM)
        .step("other", () -> ran.add("other"))
        .exitStatus(ExitStatus.of(5))
        .install();
    source.raise(Signal.TERM);
    entered.await();
    assertEquals(Optional.empty(), process.end());
    release.countDown();
    assertTrue(List.of("EXIT 5", "EXIT 143").contains(end()));
    assertTrue(ran.containsAll(List.of("hang", "other")), ran.toString());
  }

  @Test
  void closedShutdownDoesNothing() throws Exception {
    GracefulShutdown shutdown = shutdown(Signal.TERM).step("one", () -> ran.add("one")).install();
    shutdown.close();
    shutdown.close();
    assertFalse(source.raise(Signal.TERM));
    assertThrows(IllegalStateException.class, () -> shutdown.begin(3, "of a test"));
    exit(5);
    assertEquals("EXIT 5", end());
    assertEquals(List.of(), ran);
  }

  @Test
  void closeDuringAShutdownChangesNothing() throws Exception {
    AtomicReference<GracefulShutdown> self = new AtomicReference<>();
    self.set(
        shutdown(Signal.TERM)
            .step("closes it", () -> self.get().close())
            .step("hangs", this::hang)
            .graceTime(Duration.ZERO)
            .install());
    source.raise(Signal.TERM);
    entered.await();
    self.get().close();
    assertEquals(1, process.hooks());
    source.raise(Signal.TERM);
    assertEquals("HALT 124", end());
  }

  @Test
  void signalThatWasIgnoredAtStartStaysSo() throws Exception {
    VirtualSignalSource nohup = VirtualSignalSource.ignoringAtStart(Signal.HUP);
    try (SignalNotifier other = SignalNotifier.builder().source(nohup).build()) {
      GracefulShutdown.on(other, Signal.HUP, Signal.TERM).install();
      assertFalse(nohup.raise(Signal.HUP));
      nohup.raise(Signal.TERM);
      assertEquals(143, nohup.process().awaitEnd(LONG).status());
    }
  }

  @Test
  void shutdownOnNothingButIgnoredSignalsRunsItsStepsOnExit() throws Exception {
    VirtualSignalSource nohup = VirtualSignalSource.ignoringAtStart(Signal.HUP);
    try (SignalNotifier other = SignalNotifier.builder().source(nohup).build()) {
      GracefulShutdown.on(other, Signal.HUP).step("one", () -> ran.add("one")).install();
      nohup.process().exit(5);
      assertEquals(List.of("one"), ran);
    }
  }

  @Test
  void badArgumentsAreRefusedAndNothingIsInstalled() {
    assertThrows(IllegalArgumentException.class, () -> shutdown().install());
    assertThrows(
        UnsupportedSignalException.class, () -> shutdown(Signal.TERM, Signal.KILL).install());
    assertEquals(0, process.hooks());
    process.exit(0);
    assertThrows(IllegalStateException.class, () -> shutdown(Signal.TERM).install());
    assertTrue(source.block().wanted().isEmpty());

    GracefulShutdown.Builder builder = shutdown(Signal.TERM);
    assertThrows(IllegalArgumentException.class, () -> builder.within(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.within(Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> builder.graceTime(Duration.ofMillis(-1)));
    assertThrows(NullPointerException.class, () -> builder.step(null, () -> {}));
    assertThrows(NullPointerException.class, () -> builder.step("name", null));
    assertThrows(
        IllegalArgumentException.class, () -> builder.step("name", Duration.ZERO, () -> {}));
    assertThrows(NullPointerException.class, () -> builder.exitStatus(null));
    assertThrows(NullPointerException.class, () -> builder.process(null));
  }
}
