package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;

/**
 * The end of a process is decided once: a shutdown is in before, or is refused; and the status does
 * not depend on the thread that came first. Each order of the threads is forced.
 */
class OneDecisionTest extends ShutdownTestBase {
  /** The process of the test, which a test may hold up at any call. */
  private class HeldUp implements ProcessExit {
    @Override
    public void exit(int status) {
      process.exit(status);
    }

    @Override
    public void halt(int status) {
      process.halt(status);
    }

    @Override
    public void dieOnExit(@Nullable Signal signal) {
      process.dieOnExit(signal);
    }

    @Override
    public void addHook(Thread hook) {
      process.addHook(hook);
    }

    @Override
    public void removeHook(Thread hook) {
      process.removeHook(hook);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitBegin(AtomicReference<@Nullable GracefulShutdown> shutdown) {
    while (true) {
      GracefulShutdown installed = shutdown.get();
      if (installed != null && installed.hasBegun()) {
        return;
      }
      Thread.onSpinWait();
    }
  }

  /** Installs a shutdown that begins another one when its step is over, or after the signal has. */
  private void installFast(boolean bySignal, AtomicReference<@Nullable GracefulShutdown> other)
      throws Exception {
    shutdown(Signal.TERM)
        .step(
            "fast, unless the signal is to be faster",
            () -> {
              if (bySignal) {
                awaitBegin(other);
              }
            })
        .exitStatus(ExitStatus.of(0))
        .install();
    if (!bySignal) { // the signal does not come through before
      notifier.subscribeInline(event -> awaitBegin(other), Signal.TERM);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void statusIsThatOfTheSignalWhetherItOrTheOtherShutdownBegins(boolean bySignal) throws Exception {
    AtomicReference<@Nullable GracefulShutdown> slow = new AtomicReference<>();
    installFast(bySignal, slow);
    slow.set(shutdown(Signal.TERM).step("slow", () -> ran.add("slow")).install());
    source.raise(Signal.TERM);
    assertEquals("EXIT 143", end());
    assertEquals(List.of("slow"), ran);
    ShutdownReport report = slow.get().report().orElseThrow();
    assertEquals(Signal.TERM, report.event().orElseThrow().signal());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shutdownWithoutStepsHasItsStatusWhicheverBeginsIt(boolean bySignal) throws Exception {
    AtomicReference<@Nullable GracefulShutdown> empty = new AtomicReference<>();
    installFast(bySignal, empty);
    empty.set(shutdown(Signal.TERM).exitStatus(ExitStatus.of(7)).install());
    source.raise(Signal.TERM);
    assertEquals("EXIT 7", end());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void firstRequestIsTheCauseOfAllWhetherAnotherSignalComesOrNot(boolean comes) throws Exception {
    AtomicReference<@Nullable GracefulShutdown> other = new AtomicReference<>();
    other.set(shutdown(Signal.INT).install());
    shutdown(Signal.TERM)
        .step(
            "another signal",
            () -> {
              if (comes) {
                source.raise(Signal.INT);
                awaitBegin(other);
              }
            })
        .install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 143", end());
  }

  @Test
  void shutdownIsRefusedOnceTheExitIsDecided() throws Exception {
    ProcessExit heldUp =
        new HeldUp() {
          @Override
          public void exit(int status) {
            entered.countDown();
            await(release);
            super.exit(status);
          }
        };
    GracefulShutdown first = shutdown(Signal.TERM).process(heldUp).install();
    first.begin(0, "of a test");
    entered.await();
    GracefulShutdown.Builder late =
        shutdown(Signal.HUP).process(heldUp).step("late", () -> ran.add("late"));
    assertThrows(IllegalStateException.class, late::install);
    assertEquals(1, process.hooks());
    assertFalse(source.raise(Signal.HUP));
    assertFalse(first.begin(5, "of a test"));
    release.countDown();
    assertEquals("EXIT 0", end());
    assertEquals(List.of(), ran);
  }

  @Test
  void shutdownIsRefusedOnceTheHaltIsDecided() throws Exception {
    ProcessExit heldUp =
        new HeldUp() {
          @Override
          public void halt(int status) {
            super.halt(status);
            entered.countDown();
            await(release);
          }
        };
    GracefulShutdown first =
        shutdown(Signal.TERM)
            .process(heldUp)
            .graceTime(Duration.ZERO)
            .step("hangs", () -> await(release))
            .install();
    source.raise(Signal.TERM);
    while (!first.hasBegun()) {
      Thread.onSpinWait();
    }
    source.raise(Signal.TERM);
    entered.await();
    assertThrows(IllegalStateException.class, () -> shutdown(Signal.HUP).process(heldUp).install());
    assertEquals("HALT 124", end());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void installationIsRefusedAsAWholeIfTheEndOvertakesIt(boolean hasHook) throws Exception {
    AtomicReference<@Nullable Thread> installer = new AtomicReference<>();
    ProcessExit heldUp =
        new HeldUp() {
          @Override
          public void addHook(Thread hook) {
            boolean held = Thread.currentThread() == installer.get();
            if (hasHook) {
              super.addHook(hook);
            }
            if (held) {
              entered.countDown();
              await(release);
            }
            if (!hasHook) {
              super.addHook(hook);
            }
          }
        };
    GracefulShutdown first = shutdown(Signal.TERM).process(heldUp).install();
    FutureTask<GracefulShutdown> late =
        new FutureTask<>(() ->
            shutdown(Signal.TERM).process(heldUp).step("late", () -> ran.add("late")).install());
    Thread thread = new Thread(late);
    installer.set(thread);
    thread.start();
    entered.await();
    first.begin(0, "of a test");
    assertEquals("EXIT 0", end());
    release.countDown();
    ExecutionException refused = assertThrows(ExecutionException.class, late::get);
    assertEquals(IllegalStateException.class, refused.getCause().getClass());
    assertEquals(List.of(), ran);
    assertEquals(1, JointEnd.of(heldUp).members());
  }

  @Test
  void exitBySomebodyBetweenTheDecisionAndTheExitKeepsItsStatus() throws Exception {
    ProcessExit heldUp =
        new HeldUp() {
          @Override
          public void exit(int status) {
            try {
              OneDecisionTest.this.exit(5);
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            super.exit(status);
          }
        };
    shutdown(Signal.TERM).process(heldUp).exitStatus(ExitStatus.deathBySignal()).install();
    source.raise(Signal.TERM);
    assertEquals("EXIT 5", end());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void haltHasTheSameStatusWhicheverDeadlineIsOver(boolean first) throws Exception {
    GracefulShutdown.Builder one =
        shutdown(Signal.TERM).exitStatus(ExitStatus.ofSignal().whenHalted(3));
    GracefulShutdown.Builder other =
        shutdown(Signal.TERM).exitStatus(ExitStatus.ofSignal().whenHalted(4));
    (first ? one : other).within(Duration.ofMillis(200));
    process.addHook(new Thread(this::hang, "hangs"));
    one.install();
    other.install();
    source.raise(Signal.TERM);
    assertEquals("HALT 3", end());
  }

  @Test
  void haltThatComesBetweenTheDecisionAndTheExitIsNoDeathByTheSignal() throws Exception {
    AtomicReference<@Nullable Signal> death = new AtomicReference<>();
    CountDownLatch exits = new CountDownLatch(1);
    CountDownLatch exited = new CountDownLatch(1);
    ProcessExit heldUp =
        new HeldUp() {
          @Override
          public void exit(int status) {
            exits.countDown();
            await(entered); // the halt is decided
            super.exit(status);
            exited.countDown();
          }

          @Override
          public void halt(int status) {
            entered.countDown();
            await(exited);
            super.halt(status);
          }

          @Override
          public void dieOnExit(@Nullable Signal signal) {
            death.set(signal);
            super.dieOnExit(signal);
          }
        };
    shutdown(Signal.TERM, Signal.INT)
        .process(heldUp)
        .graceTime(Duration.ZERO)
        .exitStatus(ExitStatus.deathBySignal().whenHalted(9))
        .install();
    source.raise(Signal.TERM);
    exits.await();
    source.raise(Signal.TERM);
    end();
    assertNull(death.get());
  }
}
