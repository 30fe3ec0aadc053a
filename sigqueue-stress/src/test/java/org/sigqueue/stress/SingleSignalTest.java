package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.testing.VirtualSignalSource;

@ExtendWith(QuietErrors.class)
class SingleSignalTest {
  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration IMPATIENT = Duration.ofMillis(500);
  private static final Duration SHORT = Duration.ofMillis(100); // how long a run is

  private final List<String> progress = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {"park", "spin", "yield", "adaptive"})
  void passes(String parking) throws InterruptedException {
    RunParameters run =
        new RunParameters(
            new VirtualSignalSource(),
            ParkingStrategies.byName(parking),
            null,
            Signal.USR1,
            3,
            Duration.ofMillis(250),
            1);
    RunResult result = SingleSignal.killSelf(PATIENT).run(run, progress::add);

    assertNull(result.failures());
    assertTrue(result.passed());
    assertTrue(result.lastSignalDelivered());
    assertEquals("kill-self", result.scenario());
    assertEquals(parking, result.parking());
    assertEquals(3, result.workers());
    assertTrue(result.seconds() >= 0.25, () -> "seconds " + result.seconds());
    assertTrue(result.delivered() > 0);
    assertEquals(result.sent(), result.accepted()); // nothing merges virtual signals
    assertEquals(result.accepted(), result.delivered() + result.coalesced() + result.dropped());
    assertFalse(progress.isEmpty());
  }

  @Test
  void runsFollowEachOtherOnOneSource() throws InterruptedException {
    SignalSource source = new VirtualSignalSource();
    assertNull(run(source, PATIENT).failures());
    assertNull(run(source, PATIENT).failures());
  }

  @Test
  void reportsWrongCount() throws InterruptedException {
    assertReports(
        "were sent",
        () ->
            new WrappedSource() {
              @Override
              public void kill(long pid, int signal) {
                super.kill(pid, signal);
                super.kill(pid, signal);
              }
            });
  }

  @Test
  void reportsLostLastSignal() throws InterruptedException {
    Thread test = Thread.currentThread();
    SignalSource losing =
        new WrappedSource() {
          @Override
          public void kill(long pid, int signal) {
            if (Thread.currentThread() != test) { // the last signal is not sent by a worker
              super.kill(pid, signal);
            }
          }
        };
    RunResult result = run(losing);
    assertFalse(result.lastSignalDelivered());
    assertFails("the last signal was lost", result);
  }

  @Test
  void reportsChangedDisposition() throws InterruptedException {
    SignalSource changing =
        new WrappedSource() {
          private final AtomicInteger asked = new AtomicInteger();

          @Override
          public Disposition disposition(int signal) {
            return new Disposition(Disposition.DEFAULT, asked.getAndIncrement(), 0, 0, false);
          }
        };
    assertFails("the disposition was", run(changing));
  }

  @Test
  void reportsExceptionOfSender() throws InterruptedException {
    assertReports(
        "exception in stress-worker-",
        () ->
            new WrappedSource() {
              private final AtomicInteger sent = new AtomicInteger();

              @Override
              public void kill(long pid, int signal) {
                if (sent.incrementAndGet() == 2 && isWorker()) { // the last is not sent by one
                  throw new SignalSourceException("refused", 1);
                }
                super.kill(pid, signal);
              }
            });
  }

  @Test
  void reportsStopThatHangs() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    SignalSource hanging =
        new WrappedSource() {
          @Override
          public boolean restore(int signal) {
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.restore(signal);
          }
        };
    RunResult result = run(hanging);
    release.countDown();
    assertFails("stop did not return within 500ms", result);
  }

  /** The look of an engine that loses a wake-up: accepted, but nobody is told. */
  @Test
  void reportsStormThatDoesNotSettle() throws InterruptedException {
    assertReports(
        "is not settled, and stood still for 500ms",
        () ->
            new WrappedSource() {
              @Override
              public void kill(long pid, int signal) {
                super.kill(pid, signal);
                if (Thread.currentThread().getName().equals("stress-worker-1")) {
                  block().memory().putLong(acceptedOffset(signal), block().accepted(signal) + 1);
                }
              }
            });
  }

  /** Where a block counts what it has accepted; {@code SharedBlock} keeps this to itself. */
  private static int acceptedOffset(int signal) {
    return 384 + 32 * signal;
  }

  private RunResult run(SignalSource source) throws InterruptedException {
    return run(source, IMPATIENT);
  }

  private RunResult run(SignalSource source, Duration patience) throws InterruptedException {
    return run(source, patience, SHORT);
  }

  private RunResult run(SignalSource source, Duration patience, Duration lasting)
      throws InterruptedException {
    RunParameters run =
        new RunParameters(source, ParkingStrategies.ADAPTIVE, null, Signal.USR1, 2, lasting, 1);
    return SingleSignal.killSelf(patience).run(run, progress::add);
  }

  private static boolean isWorker() {
    return Thread.currentThread().getName().startsWith("stress-worker-");
  }

  /** In longer and longer runs: on a busy machine the workers may send nothing in a short one. */
  private void assertReports(String failure, Supplier<SignalSource> source)
      throws InterruptedException {
    List<String> failures = List.of();
    for (Duration lasting = SHORT; lasting.toSeconds() < 60; lasting = lasting.multipliedBy(4)) {
      RunResult result = run(source.get(), IMPATIENT, lasting);
      failures = result.failures() == null ? List.of() : result.failures();
      assertEquals(failures.isEmpty(), result.passed());
      if (failures.stream().anyMatch(each -> each.contains(failure))) {
        return;
      }
    }
    fail(failures.toString());
  }

  private static void assertFails(String failure, RunResult result) {
    assertFalse(result.passed());
    assertNotNull(result.failures());
    assertTrue(
        result.failures().stream().anyMatch(each -> each.contains(failure)),
        () -> result.failures().toString());
  }
}
