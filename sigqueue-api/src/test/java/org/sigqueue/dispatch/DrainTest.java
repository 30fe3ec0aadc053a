package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

class DrainTest {
  /** The call waits a second for user code in all, and not a second for each signal. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Test
  void limitIsOneForAllRoutesOfACall() throws Exception {
    Signal[] many = IntStream.range(1, 28).mapToObj(Signal::rtMin).toArray(Signal[]::new);
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
              many);
      source.raise(many[0]);
      assertTrue(entered.await(60, TimeUnit.SECONDS));
      long start = System.nanoTime();
      registration.close();
      Duration closed = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(closed.compareTo(LIMIT) < 0, () -> "close took " + closed);
    } finally {
      released.countDown();
    }
  }

  /** Each call of the handler is short, and the next one follows. */
  @Test
  void limitIsOneForAllCallsOfInlineHandlers() throws Exception {
    int queued = 40; // 20 s of them
    VirtualSignalSource source = new VirtualSignalSource();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      signals.subscribeInline(
          event -> {
            calls.incrementAndGet();
            entered.countDown();
            awaitRelease(released, 500);
          },
          Signal.USR1);
      Registration other = signals.subscribeInline(event -> {}, Signal.HUP);
      for (int i = 0; i < queued; i++) {
        source.raise(Signal.USR1);
      }
      assertTrue(entered.await(60, TimeUnit.SECONDS));
      other.close();
      // Two, and 18 more if the wait ends by its limit for signal handlers.
      assertTrue(calls.get() < 10, () -> calls + " calls");
    } finally {
      released.countDown();
    }
  }

  /** A call that gives up its wait for one signal leaves the others of the subscription alone. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void signalThatStaysIsStillHandledAfterTheOtherWasCut(boolean inline) throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    CountDownLatch handled = new CountDownLatch(1);
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      Consumer<SignalEvent> handler = event -> handled.countDown();
      Registration two =
          inline
              ? signals.subscribeInline(handler, Signal.HUP, Signal.USR1)
              : signals.subscribe(handler, Signal.HUP, Signal.USR1);
      signals.subscribeInline(
          event -> {
            entered.countDown();
            awaitRelease(released);
          },
          Signal.TERM);
      source.raise(Signal.TERM);
      assertTrue(entered.await(60, TimeUnit.SECONDS));
      two.remove(Signal.HUP); // is cut, because the loop does not get on
      released.countDown();
      source.raise(Signal.USR1);
      assertTrue(handled.await(60, TimeUnit.SECONDS));
    } finally {
      released.countDown();
    }
  }

  /** Each call has another one nested in it, as long as there are signals: so in a flood. */
  @Test
  void inlineHandlerThatClosesSomethingInAFloodIsNotNestedForEver() throws Exception {
    int sent = 1000;
    VirtualSignalSource source = new VirtualSignalSource();
    AtomicInteger depth = new AtomicInteger();
    AtomicInteger deepest = new AtomicInteger();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      AtomicInteger left = new AtomicInteger(sent);
      Registration flooded =
          signals.subscribeInline(
              event -> {
                deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
                if (left.decrementAndGet() > 0) {
                  source.raise(Signal.USR1);
                }
                signals.subscribe(ignored -> {}, Signal.HUP).close();
                depth.decrementAndGet();
              },
              Signal.USR1);
      source.raise(Signal.USR1);
      long start = System.nanoTime();
      while (flooded.stats().delivered() < sent
          && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60)) {
        Thread.sleep(1);
      }
      assertEquals(sent, flooded.stats().delivered());
      assertEquals(0, flooded.failures());
      assertTrue(deepest.get() < 20, () -> deepest + " deep");
    }
  }

  private static void awaitRelease(CountDownLatch released) {
    awaitRelease(released, Long.MAX_VALUE);
  }

  private static void awaitRelease(CountDownLatch released, long limitMillis) {
    try {
      boolean unused = released.await(limitMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
