package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.testing.VirtualSignalSource;

/** Handlers that see a signal and let it go on, or decide on that: over a virtual source. */
@Timeout(120)
class ObserveTest {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final List<Signal> NOTHING = List.of();
  private static final List<Signal> TERM_ONCE = List.of(Signal.TERM);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void previousActionFollowsTheObserver() throws Exception {
    AtomicReference<Signal> seen = new AtomicReference<>();
    AtomicReference<List<Signal>> before = new AtomicReference<>();
    Registration observer =
        notifier.observe(
            event -> {
              before.set(source.previousActions());
              seen.set(event.signal());
            },
            Signal.TERM);
    assertTrue(source.raise(Signal.TERM));
    assertTrue(observer.close(LONG));
    assertEquals(Signal.TERM, seen.get());
    assertEquals(NOTHING, before.get(), "it follows, it does not come first");
    assertEquals(TERM_ONCE, source.previousActions());
  }

  @Test
  void interceptorDecidesWhetherThePreviousActionFollows() throws Exception {
    for (boolean handles : new boolean[] {true, false}) {
      Registration interceptor = notifier.intercept(event -> handles, Signal.TERM);
      source.raise(Signal.TERM);
      assertTrue(interceptor.close(LONG));
      assertEquals(handles ? NOTHING : TERM_ONCE, source.previousActions());
      assertEquals(new DeliveryStats(1, 0, 0), interceptor.stats());
    }
  }

  @Test
  void previousActionFollowsAnInterceptorThatThrows() throws Exception {
    Registration interceptor =
        notifier.intercept(
            event -> {
              throw new IllegalStateException("on purpose, of a test");
            },
            Signal.TERM);
    source.raise(Signal.TERM);
    assertTrue(interceptor.close(LONG));
    assertEquals(TERM_ONCE, source.previousActions());
    assertEquals(1, interceptor.failures());
  }

  @Test
  void previousActionFollowsOnceForAllObservers() throws Exception {
    Registration one = notifier.observe(event -> {}, Signal.TERM);
    Registration other = notifier.intercept(event -> false, Signal.TERM);
    source.raise(Signal.TERM);
    assertTrue(one.close(LONG));
    assertTrue(other.close(LONG));
    assertEquals(TERM_ONCE, source.previousActions());
  }

  @Test
  void signalIsHandledIfOneOfSeveralHasHandledIt() throws Exception {
    Registration observer = notifier.observe(event -> {}, Signal.TERM, Signal.HUP);
    Registration interceptor = notifier.intercept(event -> true, Signal.TERM);
    SignalChannel channel = SignalChannel.coalescing();
    notifier.register(channel, Signal.HUP);
    source.raise(Signal.TERM);
    source.raise(Signal.HUP);
    assertTrue(observer.close(LONG));
    assertTrue(interceptor.close(LONG));
    assertEquals(Signal.HUP, channel.take().signal());
    assertEquals(NOTHING, source.previousActions());
  }

  @Test
  void interceptorRunsOnTheExecutorAndThePreviousActionFollowsThere() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
    VirtualSignalSource other = new VirtualSignalSource();
    try (SignalNotifier signals =
        SignalNotifier.builder().source(other).executor(executor).build()) {
      List<String> threads = Collections.synchronizedList(new ArrayList<>());
      Registration interceptor =
          signals.intercept(event -> threads.add(Thread.currentThread().getName()), Signal.TERM);
      other.raise(Signal.TERM);
      assertTrue(interceptor.close(LONG));
      assertEquals(List.of("mine"), threads);
    } finally {
      executor.shutdownNow();
    }
  }

  /** Either-or, also for events that are dropped because their handler is closed. */
  @Test
  void everyAcceptedSignalIsHandledOrTakesItsPreviousActionOnce() throws Exception {
    AtomicBoolean go = new AtomicBoolean(true);
    AtomicInteger handled = new AtomicInteger();
    FutureTask<Integer> sender =
        new FutureTask<>(() -> {
          int accepted = 0;
          while (go.get()) {
            // Fewer than the ring holds: what finds it full goes on together, by one action.
            if (accepted - handled.get() - source.previousActions().size() < 500) {
              accepted += source.raise(Signal.TERM) ? 1 : 0;
            }
          }
          return accepted;
        });
    new Thread(sender).start();
    for (int round = 0; round < 100; round++) {
      long before = source.block().accepted(Signal.TERM.number());
      Registration interceptor =
          notifier.intercept(
              event -> {
                boolean mine = event.sequence() % 2 == 0;
                handled.addAndGet(mine ? (int) event.count() : 0);
                return mine;
              },
              Signal.TERM);
      while (source.block().accepted(Signal.TERM.number()) < before + 5) {
        Thread.onSpinWait();
      }
      if (round % 2 == 0) {
        assertTrue(interceptor.close(LONG));
      } else {
        interceptor.close();
      }
    }
    go.set(false);
    long accepted = sender.get();
    // A step that was running when its handler was closed goes on.
    while (handled.get() + source.previousActions().size() < accepted) {
      Thread.onSpinWait();
    }
    assertEquals(accepted, handled.get() + source.previousActions().size());
  }

  @Test
  void previousActionFollowsAtOnceForWhatFindsNoRoom() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Registration slow =
        notifier.intercept(
            event -> {
              entered.countDown();
              awaitLatch(release);
              return true;
            },
            Signal.TERM);
    source.raise(Signal.TERM);
    entered.await();
    int capacity = 1024; // as documented
    for (int i = 0; i < capacity + 1; i++) {
      assertTrue(source.raise(Signal.TERM));
      while (slow.stats().accepted() < i + 2) { // else the ring may be full
        Thread.onSpinWait();
      }
    }
    while (source.previousActions().isEmpty()) { // at once, and not after the release
      Thread.onSpinWait();
    }
    assertEquals(TERM_ONCE, source.previousActions());
    release.countDown();
    assertTrue(slow.close(LONG));
    assertEquals(TERM_ONCE, source.previousActions());
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void badArgumentsAreRefusedAndNothingChanges() {
    assertThrows(NullPointerException.class, () -> notifier.observe(null, Signal.TERM));
    assertThrows(NullPointerException.class, () -> notifier.intercept(null, Signal.TERM));
    assertThrows(IllegalArgumentException.class, () -> notifier.observe(event -> {}));
    assertThrows(IllegalArgumentException.class, () -> notifier.intercept(event -> true));
    assertThrows(
        UnsupportedSignalException.class, () -> notifier.intercept(event -> true, Signal.KILL));
    notifier.close();
    assertThrows(IllegalStateException.class, () -> notifier.intercept(event -> true, Signal.TERM));
    assertFalse(source.raise(Signal.TERM));
  }
}
