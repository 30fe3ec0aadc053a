package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.JavaThreads;
import org.sigqueue.testing.VirtualSignalSource;

/** A slow or blocked subscriber, executor or log delays nobody else. */
@Timeout(240)
class SlowNeighboursTest {
  private static final int EVENTS = 20;

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier signals = SignalNotifier.builder().source(source).build();
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    signals.close();
  }

  private void block() {
    boolean interrupted = false;
    while (true) {
      try {
        release.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends to a slow subscriber and to a channel, which gets all and is closed at once. */
  private void assertDelaysNobody(Signal slow) throws Exception {
    try (SignalChannel channel = SignalChannel.queueing(EVENTS)) {
      Registration registration = signals.register(channel, slow, Signal.WINCH);
      for (int i = 0; i < EVENTS; i++) {
        source.raise(slow);
        assertEquals(slow, Await.event(channel).signal());
        source.raise(Signal.WINCH);
        assertEquals(Signal.WINCH, Await.event(channel).signal());
      }
      FutureTask<Boolean> stop = new FutureTask<>(registration::close, true);
      new Thread(stop, "stop").start();
      assertTrue(Await.result(stop));
      assertEquals(2 * EVENTS, channel.stats().delivered());
    }
  }

  // ---- Executors

  @ParameterizedTest
  @ValueSource(strings = {"blocks", "caller runs", "runs itself", "one busy thread", "ours"})
  void executorThatIsSlowDelaysNobody(String how) throws Exception {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(how.equals("caller runs") ? 1 : 1000),
            new ThreadPoolExecutor.CallerRunsPolicy());
    Executor executor =
        switch (how) {
          case "blocks" ->
              task -> {
                block();
                task.run();
              };
          case "runs itself" -> Runnable::run;
          default -> pool;
        };
    if (how.equals("caller runs")) { // saturated
      pool.execute(this::block);
      pool.execute(this::block);
    }
    AtomicInteger calls = new AtomicInteger();
    Registration registration =
        how.equals("ours")
            ? signals.subscribe(event -> handleSlowly(calls), Signal.USR1)
            : signals.subscribe(event -> handleSlowly(calls), executor, Signal.USR1);
    assertDelaysNobody(Signal.USR1);
    release.countDown();
    Await.until("all events were handled", () -> calls.get() == EVENTS);
    registration.close();
    pool.shutdown();
    assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
  }

  private void handleSlowly(AtomicInteger calls) {
    block();
    calls.incrementAndGet();
  }

  /** Two subscriptions on one thread, one of them under a storm that it cannot keep up with. */
  @Test
  void stormOfOneSignalLeavesRoomForAnotherOnASharedExecutor() throws Exception {
    ExecutorService loop = Executors.newSingleThreadExecutor();
    Semaphore tokens = new Semaphore(0);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger handled = new AtomicInteger();
    try (Registration storm =
            signals.subscribe(
                event -> {
                  handled.incrementAndGet();
                  raiseTwice(ended);
                },
                loop,
                Signal.USR1);
        Registration end = signals.subscribe(event -> tokens.release(), loop, Signal.TERM)) {
      raiseTwice(ended);
      Await.until("the storm has begun", () -> handled.get() > 1_000);
      source.raise(Signal.TERM);
      assertTrue(tokens.tryAcquire(60, TimeUnit.SECONDS));
      int before = handled.get(); // which goes on
      assertTrue(storm.stats().accepted() > before);
      assertEquals(1, end.stats().delivered());
    } finally {
      ended.set(true);
      loop.shutdown();
      assertTrue(loop.awaitTermination(60, TimeUnit.SECONDS));
    }
  }

  /** Each event causes two, so that its handler never runs out of them. */
  private void raiseTwice(AtomicBoolean ended) {
    if (!ended.get()) {
      source.raise(Signal.USR1);
      source.raise(Signal.USR1);
    }
  }

  // ---- The log

  /** A standard error that does not drain: a full pipe, or Ctrl-S on a terminal. */
  @Test
  void logThatBlocksDelaysNobodyAndTakesFewThreads() throws Exception {
    PrintStream errors = System.err;
    CountDownLatch blocked = new CountDownLatch(1);
    System.setErr(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) {
                blocked.countDown();
                block();
              }
            },
            true));
    try (Registration inline = signals.subscribeInline(event -> fail(), Signal.USR1);
        Registration queued = signals.subscribe(event -> fail(), Signal.USR1);
        Registration refused =
            signals.subscribe(
                event -> {},
                task -> {
                  throw new IllegalStateException("refused, on purpose");
                },
                SignalBuffer.coalescing(),
                Signal.USR1)) {
      source.raise(Signal.USR1);
      blocked.await();
      assertDelaysNobody(Signal.USR1);
      Await.until(
          "all have failed",
          () ->
              inline.failures() == EVENTS + 1
                  && queued.failures() == EVENTS + 1
                  && refused.failures() > 0);
      int threads = JavaThreads.named("sigqueue-worker").size();
      for (int i = 0; i < 1_000; i++) {
        source.raise(Signal.USR1);
      }
      Await.until("all have failed", () -> inline.failures() == EVENTS + 1_001);
      int later = JavaThreads.named("sigqueue-worker").size();
      assertTrue(later <= threads + 5, threads + " threads, then " + later);
    } finally {
      release.countDown();
      Await.until("nobody logs", () -> JavaThreads.named("sigqueue-worker").isEmpty());
      System.setErr(errors);
    }
  }

  private static void fail() {
    throw new IllegalStateException("on purpose");
  }
}
