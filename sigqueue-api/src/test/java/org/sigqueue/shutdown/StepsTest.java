package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.shutdown.ShutdownReport.Outcome;
import org.sigqueue.shutdown.ShutdownReport.Result;
import org.sigqueue.shutdown.ShutdownReport.StepReport;
import org.sigqueue.testing.VirtualSignalSource;

/** The steps of a shutdown: their time, their order, and the report of those that fail. */
class StepsTest extends ShutdownTestBase {
  private ShutdownReport run(GracefulShutdown shutdown) throws Exception {
    shutdown.begin(0, "of a test");
    end();
    return shutdown.report().orElseThrow();
  }

  @Test
  void stepAfterAFailedOneRuns() throws Exception {
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("throws", ShutdownTestBase::fail)
            .step(
                "throws an error",
                () -> {
                  throw new AssertionError("on purpose, of a test");
                })
            .step("last", () -> ran.add("last"))
            .install();
    ShutdownReport report = run(shutdown);
    assertEquals(List.of("last"), ran);
    assertEquals(Outcome.FAILED, report.outcome());
    assertEquals(List.of("throws", "throws an error"), report.steps(Result.FAILED));
    assertEquals(
        "on purpose, of a test", report.steps().get(0).failure().orElseThrow().getMessage());
  }

  @Test
  void stepThatHangsCostsItsOwnLimitAndTheNextOneRuns() throws Exception {
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("hangs", Duration.ofMillis(50), this::hang)
            .step("next", () -> ran.add("next"))
            .install();
    ShutdownReport report = run(shutdown);
    entered.await(); // its thread may come late, even after the end
    assertTrue(ran.containsAll(List.of("hang", "next")), ran.toString());
    assertEquals(Outcome.FAILED, report.outcome());
    assertEquals(List.of("hangs"), report.steps(Result.TIMED_OUT));
    assertEquals(List.of("next"), report.steps(Result.DONE));
    StepReport hung = report.steps().get(0);
    assertTrue(hung.took().compareTo(Duration.ofMillis(50)) >= 0, hung.toString());
  }

  @Test
  void stepThatHangsIsInterrupted() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step(
                "hangs",
                Duration.ofMillis(50),
                () -> {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    thrown.set(e);
                    entered.countDown();
                    throw e;
                  }
                })
            .step("waits for it", entered::await)
            .install();
    ShutdownReport report = run(shutdown);
    assertEquals(List.of("hangs"), report.steps(Result.TIMED_OUT)); // and not FAILED
    assertEquals(List.of("waits for it"), report.steps(Result.DONE));
    assertEquals(InterruptedException.class, thrown.get().getClass());
  }

  @Test
  void stepWithoutALimitLeavesTimeForTheNextOne() throws Exception {
    for (Duration within = Duration.ofSeconds(1); ; within = within.multipliedBy(4)) {
      VirtualSignalSource each = new VirtualSignalSource();
      try (SignalNotifier signals = SignalNotifier.builder().source(each).build()) {
        GracefulShutdown shutdown =
            GracefulShutdown.on(signals, Signal.TERM)
                .within(within)
                .graceTime(NEVER)
                .step("hangs", this::hang)
                .step("last", () -> ran.add("last"))
                .install();
        each.raise(Signal.TERM);
        each.process().awaitEnd(LONG);
        ShutdownReport report = shutdown.report().orElseThrow();
        if (report.outcome() == Outcome.FAILED) {
          assertTrue(ran.contains("last"), ran.toString());
          assertEquals(List.of("hangs"), report.steps(Result.TIMED_OUT));
          return;
        }
        assertTrue(within.toSeconds() < 60, report::toString); // a fifth of that was enough
      }
    }
  }

  @Test
  void stepMayUseFourFifthsOfTheTimeThatIsLeft() {
    ShutdownStep unlimited = ShutdownStep.of("unlimited", () -> {});
    assertEquals(80, unlimited.limitNanos(100));
    assertEquals(80, unlimited.limit(Duration.ofNanos(81)).limitNanos(100));
    assertEquals(79, unlimited.limit(Duration.ofNanos(79)).limitNanos(100));
  }

  @Test
  void timedStepIsToldItsTime() throws Exception {
    List<Duration> left = Collections.synchronizedList(new ArrayList<>());
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .timedStep("a share", left::add)
            .timedStep("a share of the rest", left::add)
            .step(ShutdownStep.timed("limited", left::add).limit(Duration.ofSeconds(7)))
            .step(ShutdownStep.timed("more than there is", left::add).limit(Duration.ofDays(7)))
            .within(Duration.ofMinutes(5))
            .install();
    run(shutdown);
    assertTrue(left.get(0).compareTo(Duration.ofMinutes(4)) <= 0, left.toString());
    assertTrue(left.get(1).compareTo(left.get(0)) <= 0, left.toString());
    assertEquals(Duration.ofSeconds(7), left.get(2));
    assertTrue(left.get(3).compareTo(left.get(1)) <= 0, left.toString());
  }

  @Test
  void stepThatWaitsForAnExitIsLeftBehind() throws Exception {
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("exits", () -> process.exit(9))
            .step("next", () -> ran.add("next"))
            .install();
    ShutdownReport report = run(shutdown);
    assertEquals(9, process.end().orElseThrow().status());
    assertEquals(List.of("exits"), report.steps(Result.EXITED));
    assertEquals(List.of("next"), ran);
  }

  @Test
  void interruptOfAStepDoesNotReachTheNext() throws Exception {
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("interrupts", () -> Thread.currentThread().interrupt())
            .step("next", () -> ran.add("interrupted: " + Thread.currentThread().isInterrupted()))
            .install();
    run(shutdown);
    assertEquals(List.of("interrupted: false"), ran);
  }

  @Test
  void stepsSideBySideRunAtTheSameTime() throws Exception {
    CyclicBarrier meeting = new CyclicBarrier(3);
    StepGroup group = StepGroup.sideBySide("together");
    for (int i = 0; i < 3; i++) {
      group.add(ShutdownStep.of("meets", () -> meeting.await(60, TimeUnit.SECONDS)));
    }
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("before", () -> ran.add("before"))
            .group(group)
            .step("after", () -> ran.add("after " + meeting.getNumberWaiting()))
            .install();
    ShutdownReport report = run(shutdown);
    assertEquals(Outcome.COMPLETED, report.outcome());
    assertEquals(List.of("before", "after 0"), ran);
    assertEquals(5, report.steps(Result.DONE).size());
  }

  @Test
  void stepSideBySideThatHangsCostsItsOwnLimit() throws Exception {
    StepGroup group = StepGroup.sideBySide("together");
    group.add(ShutdownStep.of("hangs", this::hang).limit(Duration.ofMillis(50)));
    group.add(ShutdownStep.of("ends", entered::await));
    ShutdownReport report =
        run(shutdown(Signal.TERM).group(group).step("after", () -> ran.add("after")).install());
    assertEquals(List.of("hangs"), report.steps(Result.TIMED_OUT));
    assertEquals(List.of("ends", "after"), report.steps(Result.DONE));
  }

  @Test
  void groupInReverseRunsTheLastFirst() throws Exception {
    StepGroup group = StepGroup.inReverse("resources");
    for (String name : List.of("database", "cache", "web")) {
      group.add(ShutdownStep.of(name, () -> ran.add(name)));
    }
    StepGroup inner = StepGroup.inOrder("inner");
    group.add(inner);
    inner.add(ShutdownStep.of("one", () -> ran.add("one")));
    inner.add(ShutdownStep.of("two", () -> ran.add("two")));
    run(shutdown(Signal.TERM).group(group).install());
    assertEquals(List.of("one", "two", "web", "cache", "database"), ran);
  }

  @Test
  void stepsAreAddedAndRemovedAfterInstall() throws Exception {
    StepGroup components = StepGroup.inOrder("components");
    GracefulShutdown shutdown =
        shutdown(Signal.TERM).group(components).step("last", () -> ran.add("last")).install();
    ShutdownStep gone = ShutdownStep.of("gone", () -> ran.add("gone"));
    components.add(gone);
    components.add(ShutdownStep.of("stays", () -> ran.add("stays")));
    shutdown.steps().add(ShutdownStep.of("very last", () -> ran.add("very last")));
    assertTrue(components.remove(gone));
    assertFalse(components.remove(gone));
    run(shutdown);
    assertEquals(List.of("stays", "last", "very last"), ran);
  }

  @Test
  void stepsAreAddedAndRemovedDuringTheShutdown() throws Exception {
    ShutdownStep gone = ShutdownStep.of("gone", () -> ran.add("gone"));
    AtomicReference<GracefulShutdown> self = new AtomicReference<>();
    self.set(
        shutdown(Signal.TERM)
            .step(
                "changes",
                () -> {
                  self.get().steps().remove(gone);
                  self.get().steps().add(ShutdownStep.of("late", () -> ran.add("late")));
                })
            .step(gone)
            .install());
    ShutdownReport report = run(self.get());
    assertEquals(List.of("late"), ran);
    assertEquals(List.of("changes", "late"), report.steps(Result.DONE));
  }

  @Test
  void reportOfAHaltHasTheStepsThatNeverBegan() throws Exception {
    StepGroup group = StepGroup.sideBySide("together");
    group.add(ShutdownStep.of("database", () -> ran.add("database")));
    GracefulShutdown shutdown =
        shutdown(Signal.TERM)
            .step("one", () -> ran.add("one"))
            .step("hangs", this::hang)
            .group(group)
            .graceTime(Duration.ZERO)
            .install();
    source.raise(Signal.TERM);
    entered.await();
    source.raise(Signal.TERM);
    end();
    ShutdownReport report = shutdown.report().orElseThrow();
    assertEquals(Outcome.HALTED, report.outcome());
    assertEquals(List.of("one"), report.steps(Result.DONE));
    assertEquals(List.of("hangs"), report.steps(Result.RUNNING));
    assertEquals(List.of("database"), report.steps(Result.NOT_BEGUN));
  }

  @Test
  void stepHasTheClassLoaderOfWhoeverCreatedItAndTheOthersHaveNone() throws Exception {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    AtomicReference<ClassLoader> seen = new AtomicReference<>();
    try (URLClassLoader loader = new URLClassLoader(new URL[0], before)) {
      Thread.currentThread().setContextClassLoader(loader);
      GracefulShutdown shutdown =
          shutdown(Signal.TERM)
              .step(
                  "looks",
                  () -> {
                    seen.set(Thread.currentThread().getContextClassLoader());
                    for (Thread thread : Thread.getAllStackTraces().keySet()) {
                      if (thread.getName().startsWith("sigqueue-shutdown")
                          && thread != Thread.currentThread()) {
                        assertNull(thread.getContextClassLoader(), thread.getName());
                      }
                    }
                  })
              .install();
      Thread.currentThread().setContextClassLoader(before);
      assertEquals(Outcome.COMPLETED, run(shutdown).outcome());
      assertSame(loader, seen.get());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void stepIsInAGroupOnceAndAGroupNotInItself() {
    StepGroup outer = StepGroup.inOrder("outer");
    StepGroup inner = StepGroup.inOrder("inner");
    ShutdownStep step = ShutdownStep.of("step", () -> {});
    outer.add(inner);
    inner.add(step);
    assertThrows(IllegalArgumentException.class, () -> inner.add(step));
    assertThrows(IllegalArgumentException.class, () -> inner.add(outer));
    assertThrows(IllegalArgumentException.class, () -> inner.add(inner));
    assertThrows(IllegalArgumentException.class, () -> outer.add(inner));
    assertTrue(outer.remove(inner));
    assertFalse(outer.remove(inner));
  }
}
