package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.shutdown.ShutdownReport.Outcome;
import org.sigqueue.testing.VirtualSignalSource;

/** Several shutdowns of one process end it together, and the worst of them tells how. */
class SeveralShutdownsTest extends ShutdownTestBase {
  /** In a step: waits until the other one has left the end to this one, or ends the process. */
  private void await(GracefulShutdown other) throws InterruptedException {
    while (other.report().isEmpty() || (leaders().size() > 1 && !isExiting())) {
      Thread.sleep(1);
    }
  }

  private static List<Thread> leaders() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sigqueue-shutdown"))
        .toList();
  }

  private boolean isExiting() {
    Thread probe = new Thread();
    try {
      process.addHook(probe);
      process.removeHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  @Test
  void failureOfTheLastOneIsTheStatus() throws Exception {
    GracefulShutdown good = shutdown(Signal.TERM).exitStatus(ExitStatus.of(0)).install();
    shutdown(Signal.TERM)
        .step(
            "fails when the other one is done",
            () -> {
              await(good);
              fail();
            })
        .exitStatus(ExitStatus.of(0))
        .install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 1", end());
    assertEquals(Outcome.COMPLETED, good.report().orElseThrow().outcome());
  }

  @Test
  void failureOfTheFirstOneIsTheStatus() throws Exception {
    GracefulShutdown bad = shutdown(Signal.TERM).step("fails", ShutdownTestBase::fail).install();
    shutdown(Signal.TERM)
        .step("outlasts it", () -> await(bad))
        .exitStatus(ExitStatus.of(0))
        .install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 1", end());
  }

  @Test
  void stepsOfAllRunBeforeTheHooks() throws Exception {
    process.addHook(new Thread(() -> ran.add("hook")));
    GracefulShutdown first = shutdown(Signal.TERM).install();
    shutdown(Signal.TERM)
        .step(
            "slow",
            () -> {
              await(first);
              ran.add("slow");
            })
        .install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 143", end());
    assertEquals(List.of("slow", "hook"), ran);
  }

  @Test
  void shutdownThatHasNotBegunBeginsWhenTheOthersAreDone() throws Exception {
    process.addHook(new Thread(() -> ran.add("hook")));
    GracefulShutdown other =
        shutdown(Signal.HUP)
            .step(
                "fails",
                () -> {
                  ran.add("other");
                  fail();
                })
            .install();
    GracefulShutdown closed = shutdown(Signal.HUP).step("closed", () -> ran.add("no")).install();
    closed.close();
    shutdown(Signal.TERM)
        .step("first", () -> ran.add("first"))
        .exitStatus(ExitStatus.of(0))
        .install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 1", end());
    assertEquals(List.of("first", "other", "hook"), ran);
    assertEquals(Signal.TERM, other.report().orElseThrow().event().orElseThrow().signal());
  }

  @Test
  void ofEqualsTheOneThatTellsOfMoreThanZeroAndThenTheOneInstalledFirst() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    GracefulShutdown first = shutdown(Signal.TERM).step("waits", begun::await).install();
    GracefulShutdown second = shutdown(Signal.TERM).step("waits", begun::await).install();
    GracefulShutdown third = shutdown(Signal.TERM).step("waits", begun::await).install();
    third.begin(8, "on purpose, of a test");
    second.begin(7, "on purpose, of a test");
    first.begin(0, "on purpose, of a test");
    begun.countDown();
    assertEquals("EXIT 7", end());
  }

  @Test
  void noDeathBySignalIfAnotherShutdownFails() throws Exception {
    shutdown(Signal.INT).exitStatus(ExitStatus.deathBySignal()).install();
    shutdown(Signal.INT).step("fails", ShutdownTestBase::fail).install();
    source.raise(Signal.INT);
    assertEquals("EXIT 1", end());
  }

  @Test
  void shortestDeadlineHaltsTheProcess() throws Exception {
    process.addHook(new Thread(this::hang, "hangs"));
    shutdown(Signal.TERM).install();
    shutdown(Signal.TERM).within(Duration.ofMillis(200)).exitStatus(ExitStatus.of(0)).install();
    source.raise(Signal.TERM);
    assertEquals("HALT 124", end());
  }

  @Test
  void haltCutsOffTheOthersToo() throws Exception {
    process.addHook(new Thread(() -> ran.add("hook")));
    GracefulShutdown first =
        shutdown(Signal.TERM).graceTime(Duration.ZERO).step("done", () -> {}).install();
    GracefulShutdown other =
        shutdown(Signal.HUP)
            .step("hangs", this::hang)
            .step("never begins", () -> ran.add("no"))
            .install();
    source.raise(Signal.TERM);
    entered.await();
    await(first);
    Thread leader = leaders().get(0);
    source.raise(Signal.TERM);
    assertEquals("HALT 124", end());
    release.countDown();
    leader.join();
    assertEquals(List.of("hang"), ran);
    ShutdownReport report = other.report().orElseThrow();
    assertEquals(Outcome.HALTED, report.outcome());
    assertEquals(List.of("hangs"), report.steps(ShutdownReport.Result.RUNNING));
    assertEquals(List.of("never begins"), report.steps(ShutdownReport.Result.NOT_BEGUN));
  }

  @Test
  void stepOfAnotherShutdownGetsNoMoreTimeThanTheProcessHas() throws Exception {
    List<Duration> times = Collections.synchronizedList(new ArrayList<>());
    shutdown(Signal.TERM).within(LONG).step("first", () -> {}).install();
    shutdown(Signal.HUP).timedStep("other", times::add).install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 143", end());
    assertTrue(times.get(0).compareTo(LONG) < 0, times::toString);
  }

  @Test
  void shutdownThatNobodyClosesKeepsNoProcess() throws Exception {
    WeakReference<VirtualSignalSource> unused = installed();
    while (unused.get() != null) {
      System.gc();
      Thread.sleep(10);
    }
  }

  private static WeakReference<VirtualSignalSource> installed() {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier notifier = SignalNotifier.builder().source(source).build()) {
      GracefulShutdown.on(notifier, Signal.TERM).step("step", () -> {}).install();
    }
    return new WeakReference<>(source);
  }

  @Test
  void refusedInstallationLeavesNothing() throws Exception {
    JointEnd joint = JointEnd.of(process);
    Thread exit = exit(5);
    assertThrows(IllegalStateException.class, () -> shutdown(Signal.TERM).install());
    exit.join();
    assertEquals("EXIT 5", end());
    assertEquals(0, joint.members());
    assertTrue(source.block().wanted().isEmpty());
  }
}
