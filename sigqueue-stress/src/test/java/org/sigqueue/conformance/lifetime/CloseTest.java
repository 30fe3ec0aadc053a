package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.CapturedErrors;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * Close ends the delivery and does not wait for code of the user: in a callback, on the executor's
 * own thread, and whatever the executor has done with the callback.
 */
@Timeout(240)
class CloseTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier signals = SignalNotifier.builder().source(source).build();

  @AfterEach
  void close() {
    signals.close();
  }

  /** Runs a step that must return, in a thread of its own. */
  private static void assertReturns(Runnable step) throws Exception {
    FutureTask<Boolean> task = new FutureTask<>(step, true);
    Thread thread = new Thread(task, "step");
    thread.setDaemon(true);
    thread.start();
    assertTrue(Await.result(task));
  }

  // ---- A callback that closes its own registration

  /** Signals come while one run ends and the next begins: the callback of each may be the last. */
  @Test
  void callbackThatClosesItsOwnRegistrationReturns() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    int rounds = 0;
    for (; rounds < 200 || System.nanoTime() - end < 0; rounds++) {
      AtomicReference<@Nullable Registration> self = new AtomicReference<>();
      CountDownLatch closed = new CountDownLatch(1);
      AtomicInteger calls = new AtomicInteger();
      int last = 1 + rounds % 3;
      Registration registration =
          signals.subscribe(
              event -> {
                if (calls.incrementAndGet() == last) {
                  self.get().close();
                  closed.countDown();
                }
              },
              pool,
              Signal.USR1);
      self.set(registration);
      for (int i = 0; i < last + 1; i++) {
        source.raise(Signal.USR1);
      }
      assertTrue(closed.await(60, TimeUnit.SECONDS), "round " + rounds);
      assertEquals(last, calls.get());
    }
    pool.shutdown();
    assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
  }

  @Test
  void callbackMayAwaitTheEndOfItsOwnRegistration() throws Exception {
    AtomicReference<@Nullable Registration> self = new AtomicReference<>();
    FutureTask<Boolean> end = new FutureTask<>(() -> self.get().close(LONG));
    CountDownLatch registered = new CountDownLatch(1);
    Registration registration =
        signals.subscribe(
            event -> {
              awaitLatch(registered);
              end.run();
            },
            Signal.USR1);
    self.set(registration);
    registered.countDown();
    source.raise(Signal.USR1);
    assertTrue(Await.result(end));
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // ---- On the thread that runs the callbacks

  /** An event came while the loop was busy; then a component is stopped on the loop. */
  @Test
  void closeOnTheOneThreadOfAnEventLoopReturnsAndNothingIsCalledAfterIt() throws Exception {
    ExecutorService loop = Executors.newSingleThreadExecutor();
    closeOnTheLoop(loop);
    loop.shutdown();
    assertTrue(loop.awaitTermination(60, TimeUnit.SECONDS));
  }

  @Test
  void closeOnTheEventDispatchThreadReturns() throws Exception {
    // By reflection: the module of these tests does not require java.desktop.
    String before = System.setProperty("java.awt.headless", "true");
    Method invokeLater = null;
    try {
      invokeLater = Class.forName("java.awt.EventQueue").getMethod("invokeLater", Runnable.class);
    } catch (ClassNotFoundException e) {
      // Said below.
    }
    assumeTrue(invokeLater != null, "this JDK has no user interface");
    Method later = invokeLater;
    closeOnTheLoop(task -> {
      try {
        later.invoke(null, task);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    });
    if (before == null) {
      System.clearProperty("java.awt.headless");
    } else {
      System.setProperty("java.awt.headless", before);
    }
  }

  private void closeOnTheLoop(Executor loop) throws Exception {
    for (int round = 0; round < 20; round++) {
      AtomicInteger calls = new AtomicInteger();
      Registration registration =
          signals.subscribe(event -> calls.incrementAndGet(), loop, Signal.HUP);
      FutureTask<Integer> stop =
          new FutureTask<>(() -> {
            source.raise(Signal.HUP);
            Await.until("the event waits", () -> registration.stats().accepted() == 1);
            registration.close();
            return calls.get();
          });
      loop.execute(stop);
      assertEquals(0, Await.result(stop));
      // What the loop was given is run after all, and finds that it is over.
      FutureTask<Integer> later = new FutureTask<>(calls::get);
      loop.execute(later);
      assertEquals(0, Await.result(later));
      Await.until("the event is counted as dropped", () -> registration.stats().dropped() == 1);
      assertEquals(1, registration.stats().accepted());
    }
  }

  // ---- Executors that lose, refuse, keep or run what they are given

  /** The pool is shut down first, as applications do, and what used it is closed then. */
  @Test
  void closeReturnsAfterTheExecutorHasDroppedTheRun() throws Exception {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    CountDownLatch busy = new CountDownLatch(1);
    pool.execute(() -> awaitInterrupt(busy));
    busy.await();
    AtomicInteger calls = new AtomicInteger();
    Registration registration =
        signals.subscribe(event -> calls.incrementAndGet(), pool, Signal.USR1);
    source.raise(Signal.USR1);
    Await.until("the run waits in the pool", () -> pool.getQueue().size() == 1);
    assertEquals(1, pool.shutdownNow().size());
    assertReturns(registration::close);
    assertEquals(0, calls.get());
    assertEquals(1, registration.stats().dropped());
    assertEquals(1, registration.stats().accepted());
  }

  private static void awaitInterrupt(CountDownLatch busy) {
    busy.countDown();
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void closeWithADeadlineReturnsInTimeAfterTheExecutorHasDroppedTheRun() throws Exception {
    Registration registration = signals.subscribe(event -> {}, task -> {}, Signal.USR1);
    source.raise(Signal.USR1);
    FutureTask<Boolean> close = new FutureTask<>(() -> registration.close(Duration.ofMillis(50)));
    new Thread(close, "close").start();
    assertFalse(Await.result(close));
    Await.until("the event is counted as dropped", () -> registration.stats().dropped() == 1);
  }

  @Test
  void executorThatRefusesCostsTheEventsThatWaitAndNoMore() throws Exception {
    try (CapturedErrors errors = CapturedErrors.start()) {
      AtomicInteger refusals = new AtomicInteger(2);
      AtomicInteger calls = new AtomicInteger();
      Executor executor =
          task -> {
            if (refusals.getAndDecrement() > 0) {
              throw new RejectedExecutionException("on purpose");
            }
            task.run();
          };
      Registration registration =
          signals.subscribe(event -> calls.incrementAndGet(), executor, Signal.USR1);
      // What comes while a refusal is under way may be dropped with it.
      for (long sent = 1; calls.get() < 2; sent++) {
        long expected = sent;
        source.raise(Signal.USR1);
        Await.until(
            "the event is handled or dropped",
            () -> calls.get() + registration.stats().dropped() == expected);
      }
      assertTrue(refusals.get() <= 0);
      assertTrue(registration.failures() >= 2);
      assertTrue(registration.close(LONG));
      errors.await("on purpose");
    }
  }

  @Test
  void closeReturnsWhileTheExecutorBlocksInExecute() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Executor executor =
        task -> {
          blocked.countDown();
          awaitLatch(release);
          task.run();
        };
    AtomicInteger calls = new AtomicInteger();
    Registration registration =
        signals.subscribe(event -> calls.incrementAndGet(), executor, Signal.USR1);
    source.raise(Signal.USR1);
    blocked.await();
    assertReturns(registration::close);
    assertEquals(1, registration.stats().accepted());
    release.countDown();
    Await.until("the event is counted as dropped", () -> registration.stats().dropped() == 1);
    assertEquals(0, calls.get());
  }

  /** An inline handler that goes on for ever: close gives it a second, and says so. */
  @Test
  void closeReturnsWhileAnInlineHandlerKeepsTheDispatcher() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    try (CapturedErrors errors = CapturedErrors.start()) {
      Registration stuck =
          signals.subscribeInline(
              event -> {
                entered.countDown();
                awaitLatch(release);
              },
              Signal.USR1);
      Registration other =
          signals.subscribeInline(event -> calls.incrementAndGet(), Signal.USR1, Signal.WINCH);
      source.raise(Signal.USR1);
      entered.await();
      source.raise(Signal.WINCH);
      assertReturns(stuck::close);
      assertReturns(other::close);
      errors.await("registrations for [SIGUSR1] have ended without waiting for an inline handler");
      assertFalse(source.disposition(Signal.USR1.number()).ours());
      release.countDown();
      // Conservation: what was accepted for the one that was cut off is dropped.
      Await.until("all is accounted for", () -> other.stats().accepted() == 2);
      assertEquals(0, calls.get());
    }
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      source.raise(Signal.USR1);
      assertNotNull(Await.event(channel));
    }
  }
}
