package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.stress.ChurnRun.Limits;
import org.sigqueue.stress.Lifecycles.Cycle;
import org.sigqueue.stress.ProcessFootprint.Sample;
import org.sigqueue.stress.ProcessFootprint.Tolerance;
import org.sigqueue.testing.VirtualSignalSource;

/** {@link ChurnRun} passes, and tells of each kind of thing that a cycle may leave behind. */
@Timeout(400)
@ExtendWith(QuietErrors.class)
class ChurnTest {
  private static final Tolerance STRICT = new Tolerance(1L << 40, 4L << 20);
  private static final Limits PATIENT = new Limits(3, STRICT, Duration.ofSeconds(60));
  private static final Limits IMPATIENT = new Limits(3, STRICT, Duration.ofSeconds(1));
  private static final int LEAKED_BYTES = 1 << 20;

  private final SignalSource source = new VirtualSignalSource();
  private final List<Object> kept = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void closeWhatWasLeaked() throws IOException {
    end.countDown();
    for (Object each : kept) {
      if (each instanceof Closeable stream) {
        stream.close();
      }
    }
  }

  private ChurnRun.Result run(Limits limits, long cycles, Cycle leak) throws InterruptedException {
    Lifecycles lifecycles = new Lifecycles(source, ParkingStrategies.ADAPTIVE, Signal.USR1);
    lifecycles.rare().put("leak", leak);
    return new ChurnRun(
            lifecycles, Duration.ZERO, cycles, ProcessFootprint::ofThisProcess, limits, text -> {})
        .run();
  }

  @Test
  void cyclesLeaveNothingBehind() throws Exception {
    ChurnRun.Result result = run(PATIENT, 1800, () -> {});
    assertEquals(List.of(), result.failures());
    assertTrue(result.sent() > 0);
    assertEquals(result.sent(), result.received());
    assertTrue(result.cycles() >= 5 * 1800, () -> "cycles " + result.cycles());
  }

  @Test
  void reportsHeapThatGrows() throws Exception {
    assertFails(
        "the bytes of live heap grow", run(PATIENT, 900, () -> kept.add(new byte[LEAKED_BYTES])));
  }

  @Test
  void reportsDescriptorsThatStayOpen() throws Exception {
    assertFails("the file descriptors grow", run(PATIENT, 900, () -> kept.add(open())));
  }

  private static InputStream open() throws IOException {
    return Files.newInputStream(Path.of("/proc/self/status"));
  }

  @Test
  void reportsThreadsThatStay() throws Exception {
    assertFails("the threads grow", run(PATIENT, 900, () -> startWaiting("leaked")));
  }

  @Test
  void reportsThreadsOfOursThatAreLeft() throws Exception {
    long[] turn = {0};
    Cycle startOnce =
        () -> {
          if (turn[0]++ == 0) {
            startWaiting("sigqueue-leaked");
          }
        };
    assertThreadsOfOursAreLeft(run(IMPATIENT, 900, startOnce));
  }

  private void startWaiting(String name) {
    Thread thread =
        new Thread(
            () -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                return; // the test has ended
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  @Test
  void reportsRegistrationsThatAreNeverClosed() throws Exception {
    try (SignalNotifier notifier = SignalNotifier.builder().source(source).build()) {
      Cycle leak = () -> notifier.register(SignalChannel.coalescing(), Signal.URG);
      assertThreadsOfOursAreLeft(run(IMPATIENT, 900, leak));
    }
  }

  /** One or more: idle threads that are about to end may still be there. */
  private static void assertThreadsOfOursAreLeft(ChurnRun.Result result) {
    assertTrue(
        result.failures().stream()
            .anyMatch(each -> each.matches("[1-9][0-9]* threads named sigqueue-\\* are left")),
        result.failures()::toString);
  }

  @Test
  void reportsClassLoadersThatAreKept() throws Exception {
    Lifecycles lifecycles = new Lifecycles(source, ParkingStrategies.ADAPTIVE, Signal.USR1);
    lifecycles.rare().put("keeper", () -> kept.add(lifecycles.lastLoader()));
    ChurnRun.Result result =
        new ChurnRun(
                lifecycles,
                Duration.ZERO,
                900,
                ProcessFootprint::ofThisProcess,
                IMPATIENT,
                text -> {})
            .run();
    assertFails("class loaders are left", result);
  }

  @Test
  void reportsASignalThatIsReceivedTwice() throws Exception {
    SignalSource twice =
        new WrappedSource() {
          @Override
          public void kill(long pid, int signal) {
            super.kill(pid, signal);
            super.kill(pid, signal);
          }
        };
    Lifecycles lifecycles = new Lifecycles(twice, ParkingStrategies.ADAPTIVE, Signal.USR1);
    ChurnRun.Result result =
        new ChurnRun(
                lifecycles,
                Duration.ZERO,
                900,
                () -> new Sample(1, 1, 1, 1, 1),
                IMPATIENT,
                text -> {})
            .run();
    assertTrue(
        result.failures().stream().anyMatch(each -> each.matches("sent [0-9]+, received [0-9]+")),
        result.failures()::toString);
  }

  @Test
  void footprintAllowsItsToleranceAndNoMore() {
    Tolerance tolerance = ProcessFootprint.USUAL;
    Sample small = new Sample(100 << 20, 10 << 20, 10, 20, 5);
    List<Sample> flat = new ArrayList<>(List.of(small, small, small));
    assertEquals(List.of(), ProcessFootprint.growth(flat, tolerance));
    flat.set(2, new Sample((100 << 20) + tolerance.rssBytes(), 10 << 20, 9, 20, 5));
    assertEquals(List.of(), ProcessFootprint.growth(flat, tolerance));
    flat.set(
        2,
        new Sample(
            (100 << 20) + tolerance.rssBytes() + 1,
            (10 << 20) + tolerance.heapBytes() + 1,
            11,
            21,
            6));
    assertEquals(5, ProcessFootprint.growth(flat, tolerance).size());
  }

  private static void assertFails(String failure, ChurnRun.Result result) {
    assertTrue(
        result.failures().stream().anyMatch(each -> each.contains(failure)),
        result.failures()::toString);
  }
}
