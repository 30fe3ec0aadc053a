package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
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
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.testing.VirtualSignalSource;

/** Callbacks over a virtual source: order, isolation from each other, and how they end. */
@Timeout(120)
class SubscriptionTest {
  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();

  private static final Duration LONG = Duration.ofSeconds(60);

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void handlerGetsEveryOccurrenceInOrder() throws Exception {
    List<Long> sequences = Collections.synchronizedList(new ArrayList<>());
    Registration subscription =
        notifier.subscribe(event -> sequences.add(event.sequence()), Signal.USR1, Signal.HUP);
    for (int i = 0; i < 100; i++) {
      source.raise(i % 2 == 0 ? Signal.USR1 : Signal.HUP);
    }
    assertTrue(subscription.close(LONG));
    assertEquals(100, sequences.size());
    for (int i = 0; i < 100; i++) {
      assertEquals(i, sequences.get(i));
    }
    assertEquals(new DeliveryStats(100, 0, 0), subscription.stats());
  }

  @Test
  void blockedHandlerDelaysNobodyElse() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Registration blocked = notifier.subscribe(event -> await(release), Signal.USR1);
    SignalChannel channel = SignalChannel.queueing(1 << 13);
    notifier.register(channel, Signal.USR1);
    int capacity = 1024; // as documented
    int sent = 3 * capacity;
    for (int i = 0; i < sent; i++) {
      source.raise(Signal.USR1);
      assertEquals(i, channel.take().sequence());
    }
    DeliveryStats stats = blocked.stats();
    assertEquals(sent, stats.accepted());
    assertTrue(stats.dropped() >= sent - capacity - 1, stats.toString());
    release.countDown();
    blocked.close();
  }

  @Test
  void throwingHandlerIsCountedAndCalledAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Registration throwing =
        notifier.subscribe(
            event -> {
              calls.incrementAndGet();
              throw new IllegalStateException("on purpose, of a test");
            },
            Signal.USR1);
    Registration throwingInline =
        notifier.subscribeInline(
            occurrence -> {
              calls.incrementAndGet();
              throw new AssertionError("on purpose, of a test");
            },
            Signal.USR1);
    source.raise(Signal.USR1);
    source.raise(Signal.USR1);
    assertTrue(throwing.close(LONG));
    throwingInline.close();
    assertEquals(4, calls.get());
    assertEquals(2, throwing.failures());
    assertEquals(2, throwingInline.failures());
  }

  @Test
  void rejectedEventIsDroppedAndCounted() throws Exception {
    AtomicInteger rejected = new AtomicInteger();
    Registration subscription =
        notifier.subscribe(
            event -> {},
            task -> {
              rejected.incrementAndGet();
              throw new RejectedExecutionException("on purpose, of a test");
            },
            Signal.USR1);
    for (int i = 1; i <= 2; i++) {
      source.raise(Signal.USR1);
      while (subscription.stats().dropped() < i) {
        Thread.onSpinWait();
      }
    }
    assertTrue(subscription.close(LONG));
    assertEquals(new DeliveryStats(0, 0, 2), subscription.stats());
    assertEquals(2, subscription.failures());
  }

  @Test
  void closeDoesNotWaitForTheRunningHandlerAndDropsWhatWaits() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger started = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    Registration subscription =
        notifier.subscribe(
            event -> {
              started.incrementAndGet();
              entered.countDown();
              await(release);
              ended.incrementAndGet();
            },
            Signal.USR1);
    source.raise(Signal.USR1);
    entered.await();
    source.raise(Signal.USR1); // waits for the first
    subscription.close(); // a close that waited would never return
    assertEquals(0, ended.get());
    release.countDown();
    assertTrue(subscription.close(LONG)); // the handler that was running has ended
    assertEquals(1, ended.get());
    assertEquals(1, started.get());
    assertEquals(new DeliveryStats(1, 0, 1), subscription.stats());
  }

  @Test
  void closeWithATimeoutWaitsForTheRunningHandlerAndForWhatWaits() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    Registration subscription =
        notifier.subscribe(
            event -> {
              entered.countDown();
              await(release);
              ended.incrementAndGet();
            },
            Signal.USR1);
    source.raise(Signal.USR1);
    entered.await();
    source.raise(Signal.USR1);
    FutureTask<Integer> closer =
        new FutureTask<>(() -> {
          assertTrue(subscription.close(LONG));
          return ended.get();
        });
    Thread thread = new Thread(closer);
    thread.start();
    while (source.raise(Signal.USR1)) { // until the delivery has ended
      Thread.onSpinWait();
    }
    while (thread.getState() != Thread.State.TIMED_WAITING && !closer.isDone()) {
      Thread.onSpinWait();
    }
    release.countDown();
    int handled = closer.get();
    assertTrue(handled >= 2, "" + handled);
    assertEquals(handled, subscription.stats().delivered());
  }

  @Test
  void registrationTellsItsSignalsAndWhatBecameOfThem() {
    Registration subscription = notifier.subscribe(event -> {}, Signal.USR1, Signal.HUP);
    source.raise(Signal.HUP);
    subscription.close();
    assertEquals(
        "Registration([SIGHUP, SIGUSR1], " + subscription.stats() + ")", subscription.toString());
    assertEquals(1, subscription.stats().accepted());
  }

  @Test
  void closeWithATimeoutGivesUpOnAHandlerThatGoesOn() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Registration subscription =
        notifier.subscribe(
            event -> {
              entered.countDown();
              await(release);
            },
            Signal.USR1);
    source.raise(Signal.USR1);
    entered.await();
    source.raise(Signal.USR1);
    assertFalse(subscription.close(Duration.ofMillis(5)));
    assertFalse(subscription.close(Duration.ofSeconds(Long.MIN_VALUE)));
    assertFalse(source.raise(Signal.USR1));
    release.countDown();
    assertTrue(subscription.close(LONG));
    assertEquals(new DeliveryStats(1, 0, 1), subscription.stats());
  }

  @Test
  void handlerMayCloseItsOwnSubscription() throws Exception {
    AtomicReference<Registration> self = new AtomicReference<>();
    AtomicReference<Registration> selfInline = new AtomicReference<>();
    CountDownLatch closed = new CountDownLatch(2);
    self.set(
        notifier.subscribe(
            event -> {
              self.get().close();
              closed.countDown();
            },
            Signal.USR1));
    selfInline.set(
        notifier.subscribeInline(
            occurrence -> {
              selfInline.get().close();
              closed.countDown();
            },
            Signal.USR1));
    source.raise(Signal.USR1);
    closed.await();
    assertFalse(source.raise(Signal.USR1));
  }

  @Test
  void inlineHandlerMayStopOthersInTheMiddleOfADelivery() throws Exception {
    SignalChannel before = SignalChannel.coalescing();
    SignalChannel after = SignalChannel.coalescing();
    AtomicReference<DeliveryStats> afterStop = new AtomicReference<>();
    CountDownLatch stopped = new CountDownLatch(1);
    notifier.register(before, Signal.USR1);
    notifier.subscribeInline(
        occurrence -> {
          notifier.stop(before);
          notifier.stop(after);
          afterStop.compareAndSet(null, after.stats());
          stopped.countDown();
        },
        Signal.USR1);
    notifier.register(after, Signal.USR1);
    source.raise(Signal.USR1);
    stopped.await();
    // The one that was accepted before Stop was in the channel when Stop returned.
    assertEquals(new DeliveryStats(1, 0, 0), afterStop.get());
    source.raise(Signal.USR1);
    assertEquals(1, before.stats().accepted());
    assertEquals(1, after.stats().accepted());
  }

  @Test
  void inlineHandlerRunsOnTheDispatcherWithTheOccurrence() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    notifier.subscribeInline(
        occurrence -> {
          seen.set(Thread.currentThread().getName() + " " + occurrence.signal());
          done.countDown();
        },
        Signal.USR1);
    source.raise(Signal.USR1);
    done.await();
    assertEquals("sigqueue-dispatcher SIGUSR1", seen.get());
  }

  @Test
  void closedSubscriptionGetsNothing() {
    List<SignalEvent> events = Collections.synchronizedList(new ArrayList<>());
    Registration subscription = notifier.subscribe(events::add, Signal.USR1);
    subscription.close();
    subscription.close();
    assertFalse(source.raise(Signal.USR1));
    assertTrue(events.isEmpty());
  }

  @Test
  void executorOfTheNotifierRunsTheHandlers() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
    VirtualSignalSource other = new VirtualSignalSource();
    try (SignalNotifier signals =
        SignalNotifier.builder().source(other).executor(executor).build()) {
      List<String> threads = Collections.synchronizedList(new ArrayList<>());
      Registration subscription =
          signals.subscribe(event -> threads.add(Thread.currentThread().getName()), Signal.USR1);
      other.raise(Signal.USR1);
      assertTrue(subscription.close(LONG));
      assertEquals(List.of("mine"), threads);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void executorThatRunsTasksItselfDoesNotGetTheDispatcher() throws Exception {
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    VirtualSignalSource other = new VirtualSignalSource();
    try (SignalNotifier direct =
        SignalNotifier.builder().source(other).executor(Runnable::run).build()) {
      Registration subscription =
          direct.subscribe(event -> threads.add(Thread.currentThread()), Signal.USR1);
      other.raise(Signal.USR1);
      assertTrue(subscription.close(LONG));
    }
    assertTrue(threads.get(0).getName().startsWith("sigqueue-worker"));
    assertSame(1, threads.size());
  }

  @Test
  void queueingBufferDropsTheNewestWhenItIsFull() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<Long> sequences = Collections.synchronizedList(new ArrayList<>());
    Registration subscription =
        notifier.subscribe(
            event -> {
              entered.countDown();
              await(release);
              sequences.add(event.sequence());
            },
            SignalBuffer.queueing(4),
            Signal.USR1);
    source.raise(Signal.USR1);
    entered.await();
    for (int i = 0; i < 7; i++) { // four find room
      source.raise(Signal.USR1);
    }
    awaitAccepted(subscription, 8);
    release.countDown();
    assertTrue(subscription.close(LONG));
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L), sequences);
    assertEquals(new DeliveryStats(5, 0, 3), subscription.stats());
  }

  @Test
  void coalescingBufferMergesTheOccurrencesOfASignalThatComeMeanwhile() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger runs = new AtomicInteger();
    Registration subscription =
        notifier.subscribe(
            event -> {
              entered.countDown();
              await(release);
              events.add(event.count() + " " + event.signal() + ", latest " + event.sequence());
            },
            run -> {
              runs.incrementAndGet();
              run.run();
            },
            SignalBuffer.coalescing(),
            Signal.USR1,
            Signal.HUP);
    source.raise(Signal.USR1);
    entered.await();
    source.raise(Signal.USR1);
    source.raise(Signal.HUP);
    source.raise(Signal.USR1);
    source.raise(Signal.USR1);
    awaitAccepted(subscription, 5);
    release.countDown();
    assertTrue(subscription.close(LONG));
    assertEquals(
        List.of("1 SIGUSR1, latest 0", "1 SIGHUP, latest 2", "3 SIGUSR1, latest 4"), events);
    assertEquals(new DeliveryStats(3, 2, 0), subscription.stats());
    assertTrue(runs.get() > 0, "not on the executor of the subscription");
  }

  private static void awaitAccepted(Registration subscription, long count) {
    while (subscription.stats().accepted() < count) {
      Thread.onSpinWait();
    }
  }

  @Test
  void badArgumentsAreRefused() {
    assertThrows(NullPointerException.class, () -> notifier.subscribe(null, Signal.USR1));
    assertThrows(NullPointerException.class, () -> notifier.subscribeInline(null, Signal.USR1));
    assertThrows(IllegalArgumentException.class, () -> notifier.subscribe(event -> {}));
    assertThrows(
        UnsupportedSignalException.class, () -> notifier.subscribe(event -> {}, Signal.KILL));
    assertTrue(source.block().wanted().isEmpty());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
