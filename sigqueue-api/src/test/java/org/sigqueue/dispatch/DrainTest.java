package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

class DrainTest {
  /** Of a second for user code, not of a second for each of the signals. */
  private static final Duration LIMIT = Duration.ofSeconds(15);

  @Test
  void limitIsOneForAllRoutesOfACall() throws Exception {
    Signal[] twenty = IntStream.range(1, 21).mapToObj(Signal::rtMin).toArray(Signal[]::new);
    VirtualSignalSource source = new VirtualSignalSource();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      Registration registration =
          signals.subscribeInline(
              event -> {
                entered.countDown();
                awaitRelease(released);
              },
              twenty);
      source.raise(twenty[0]);
      assertTrue(entered.await(60, TimeUnit.SECONDS));
      long start = System.nanoTime();
      registration.close();
      Duration closed = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(closed.compareTo(LIMIT) < 0, () -> "close took " + closed);
    } finally {
      released.countDown();
    }
  }

  private static void awaitRelease(CountDownLatch released) {
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
