package org.sigqueue.conformance.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalNotifier;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.LeavesNoTrace;

/**
 * HUP while a reload runs: those that come meanwhile are one reload, and the last is not missed.
 */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class ReloadTest {
  private static final int REQUESTS = 30;

  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();

  @AfterEach
  void close() {
    signals.close();
  }

  @Test
  void requestsThatComeDuringAReloadAreOneReloadAfterIt() throws Exception {
    AtomicLong configuration = new AtomicLong();
    AtomicLong loaded = new AtomicLong();
    AtomicInteger reloads = new AtomicInteger();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Registration reload =
        signals.subscribe(
            event -> {
              loaded.set(configuration.get());
              reloads.incrementAndGet();
              first.countDown();
              await(go);
            },
            SignalBuffer.coalescing(),
            Signal.HUP);
    for (int i = 0; i < REQUESTS; i++) {
      configuration.incrementAndGet();
      raiseAndAwaitDelivery(reload);
      first.await();
    }
    go.countDown();
    assertTrue(reload.close(Duration.ofMinutes(1)));
    assertEquals(REQUESTS, loaded.get(), "the last request is served");
    assertEquals(2, reloads.get());
    assertEquals(new DeliveryStats(2, REQUESTS - 2, 0), reload.stats());
  }

  /** The other choice: each request is a reload. */
  @Test
  void requestsAreReloadsOfTheirOwnWithoutMerging() throws Exception {
    AtomicInteger reloads = new AtomicInteger();
    Semaphore go = new Semaphore(0);
    Registration reload =
        signals.subscribe(
            event -> {
              go.acquireUninterruptibly();
              reloads.incrementAndGet();
            },
            Signal.HUP);
    for (int i = 0; i < REQUESTS; i++) {
      raiseAndAwaitDelivery(reload);
    }
    go.release(REQUESTS);
    assertTrue(reload.close(Duration.ofMinutes(1)));
    assertEquals(REQUESTS, reloads.get());
    assertEquals(new DeliveryStats(REQUESTS, 0, 0), reload.stats());
  }

  /** One by one: the kernel merges those that are pending. */
  private void raiseAndAwaitDelivery(Registration registration) {
    long before = registration.stats().accepted();
    signals.raise(Signal.HUP);
    Await.until("it is delivered", () -> registration.stats().accepted() == before + 1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
