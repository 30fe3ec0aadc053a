package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.SignalPublisher.CountedSubscription;

/** The publisher over a virtual source: demand, buffers, and how streams end. See the TCK, too. */
@Timeout(60)
class SignalPublisherTest {
  private static final int CAPACITY = 4;

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final Dependents dependents = new Dependents(executor);
  private final SignalPublisher publisher =
      SignalPublisher.on(notifier, dependents, CAPACITY, Signal.USR1, Signal.HUP);

  @AfterEach
  void close() {
    dependents.close();
    notifier.close();
    executor.shutdown();
  }

  @Test
  void subscriberGetsWhatItRequestsInTheOrderOfArrival() throws Exception {
    Recording subscriber = subscribe();
    source.raise(Signal.USR1);
    source.raise(Signal.HUP);
    source.raise(Signal.USR1);
    assertNull(subscriber.told.poll(), "nothing without demand");
    subscriber.subscription().request(2);
    assertEquals(Signal.USR1, subscriber.event().signal());
    assertEquals(1, subscriber.event().sequence());
    assertTrue(subscriber.told.isEmpty());
    subscriber.subscription().request(Long.MAX_VALUE);
    assertEquals(2, subscriber.event().sequence());
    subscriber.subscription().request(Long.MAX_VALUE);
    source.raise(Signal.HUP);
    assertEquals(3, subscriber.event().sequence());
  }

  @Test
  void everySubscriberHasItsOwnDemandAndBuffer() throws Exception {
    Recording fast = subscribe();
    Recording slow = subscribe();
    Recording last = subscribe(); // what it has was offered to the slow one before
    fast.subscription().request(Long.MAX_VALUE);
    last.subscription().request(Long.MAX_VALUE);
    for (int i = 0; i < 100; i++) {
      source.raise(Signal.USR1);
      assertEquals(i, fast.event().sequence());
      assertEquals(i, last.event().sequence());
    }
    slow.subscription().request(CAPACITY);
    for (int i = 0; i < CAPACITY; i++) {
      assertEquals(i, slow.event().sequence());
    }
    slow.subscription().cancel(); // after this all is counted
    assertEquals(new DeliveryStats(100, 0, 0), fast.subscription().stats());
    assertEquals(new DeliveryStats(CAPACITY, 0, 100 - CAPACITY), slow.subscription().stats());
    assertEquals(new DeliveryStats(200 + CAPACITY, 0, 100 - CAPACITY), publisher.stats());
  }

  @Test
  void signalsAreReceivedWhileThereAreSubscribers() throws Exception {
    assertFalse(source.raise(Signal.USR1));
    Recording subscriber = subscribe();
    assertTrue(source.raise(Signal.USR1));
    subscriber.subscription().cancel();
    assertFalse(source.raise(Signal.USR1));
    subscriber.subscription().cancel();
    subscriber.subscription().request(1);
    subscriber.subscription().request(-1);
    Recording next = subscribe();
    next.subscription().request(1);
    source.raise(Signal.HUP);
    assertEquals(Signal.HUP, next.event().signal());
    assertTrue(subscriber.told.isEmpty());
  }

  @Test
  void signalThatComesDuringOnSubscribeIsToldAfterIt() throws Exception {
    BlockingQueue<Runnable> runs = new LinkedBlockingQueue<>();
    SignalChannel after = SignalChannel.coalescing();
    AtomicBoolean ranEarly = new AtomicBoolean();
    Recording subscriber =
        new Recording() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            super.onSubscribe(subscription);
            subscription.request(1);
            notifier.notify(after, Signal.USR1); // is offered the event after the subscriber
            assertTrue(source.raise(Signal.USR1));
            takeOne(after);
            ranEarly.set(!runs.isEmpty());
          }
        };
    SignalPublisher.on(notifier, new Dependents(runs::add), CAPACITY, Signal.USR1)
        .subscribe(subscriber);
    assertFalse(ranEarly.get());
    runs.take().run();
    assertEquals(Signal.USR1, subscriber.event().signal());
  }

  @Test
  void requestOfOneInEachOnNextDoesNotGrowTheStack() throws Exception {
    int total = 100_000;
    SignalPublisher direct =
        SignalPublisher.on(notifier, new Dependents(Runnable::run), CAPACITY, Signal.USR1);
    AtomicInteger events = new AtomicInteger();
    AtomicReference<CountedSubscription> subscription = new AtomicReference<>();
    direct.subscribe(
        new Recording() {
          @Override
          public void onSubscribe(Flow.Subscription given) {
            subscription.set((CountedSubscription) given);
            given.request(1);
          }

          @Override
          public void onNext(SignalEvent event) {
            if (events.incrementAndGet() < total) {
              source.raise(Signal.USR1);
            }
            subscription.get().request(1);
          }
        });
    source.raise(Signal.USR1);
    while (events.get() < total) {
      Thread.onSpinWait();
    }
    subscription.get().cancel();
    assertEquals(new DeliveryStats(total, 0, 0), subscription.get().stats());
  }

  @Test
  void requestThatIsNotPositiveFailsTheStreamAndEndsTheRegistration() throws Exception {
    Recording subscriber = subscribe();
    subscriber.subscription().request(0);
    assertInstanceOf(IllegalArgumentException.class, subscriber.told.take());
    assertFalse(source.raise(Signal.USR1));
  }

  @Test
  void throwingSubscriberIsCancelled() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    publisher.subscribe(
        new Recording() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(SignalEvent event) {
            called.countDown();
            throw new IllegalStateException("on purpose, of a test");
          }
        });
    source.raise(Signal.USR1);
    called.await();
    while (!source.block().wanted().isEmpty()) {
      Thread.onSpinWait();
    }
    publisher.subscribe(
        new Recording() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            throw new IllegalStateException("on purpose, of a test");
          }
        });
    assertFalse(source.raise(Signal.USR1));
  }

  @Test
  void closedPublisherCompletesAfterWhatIsInTheBuffer() throws Exception {
    Recording subscriber = subscribe();
    Recording empty = subscribe();
    source.raise(Signal.USR1);
    source.raise(Signal.HUP);
    empty.subscription().cancel();
    publisher.close();
    assertFalse(source.raise(Signal.USR1));
    subscriber.subscription().request(1);
    assertEquals(Signal.USR1, subscriber.event().signal());
    assertTrue(subscriber.told.isEmpty());
    subscriber.subscription().request(1);
    assertEquals(Signal.HUP, subscriber.event().signal());
    assertEquals("complete", subscriber.told.take());
    publisher.close();
    assertTrue(empty.told.isEmpty());
    assertEquals("complete", subscribe().told.take(), "without demand");
  }

  @Test
  void streamsEndWithTheNotifier() throws Exception {
    Recording subscriber = subscribe();
    dependents.close(); // what the notifier does first when it is closed
    assertEquals("complete", subscriber.told.take());
    assertEquals("complete", subscribe().told.take());
    assertTrue(source.block().wanted().isEmpty());
  }

  @Test
  void signalThatCannotBeReceivedFailsTheStream() throws Exception {
    Recording subscriber = new Recording();
    SignalPublisher.on(notifier, dependents, CAPACITY, Signal.USR1, Signal.KILL)
        .subscribe(subscriber);
    assertInstanceOf(UnsupportedSignalException.class, subscriber.told.take());
    assertTrue(source.block().wanted().isEmpty());
  }

  @Test
  void cancelOnTheDispatcherIsAllowed() throws Exception {
    Recording subscriber = subscribe();
    CountDownLatch cancelled = new CountDownLatch(1);
    notifier.subscribeInline(
        occurrence -> {
          subscriber.subscription().cancel();
          cancelled.countDown();
        },
        Signal.WINCH);
    source.raise(Signal.WINCH);
    cancelled.await();
    assertFalse(source.raise(Signal.USR1));
  }

  @Test
  void everythingIsCountedWhenSubscribersComeAndGo() throws Exception {
    AtomicBoolean go = new AtomicBoolean(true);
    List<Thread> churners = new ArrayList<>();
    AtomicInteger told = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      Thread churner =
          new Thread(() -> {
            while (go.get()) {
              Recording subscriber = subscribe();
              subscriber.subscription().request(3);
              subscriber.subscription().cancel();
              assertTrue(subscriber.told.size() <= 3);
              told.addAndGet(subscriber.told.size());
            }
          });
      churner.start();
      churners.add(churner);
    }
    Recording steady = subscribe();
    long accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      accepted += source.raise(Signal.USR1) ? 1 : 0;
    }
    go.set(false);
    for (Thread churner : churners) {
      churner.join();
    }
    steady.subscription().cancel();
    assertEquals(accepted, steady.subscription().stats().accepted());
    assertTrue(publisher.stats().delivered() >= told.get() + CAPACITY);
    assertEquals(0, source.block().inconsistencies());
  }

  @Test
  void badArgumentsAreRefused() {
    assertThrows(NullPointerException.class, () -> publisher.subscribe(null));
    assertThrows(IllegalArgumentException.class, () -> SignalPublisher.on(notifier, dependents, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> SignalPublisher.on(notifier, dependents, 0, Signal.USR1));
    assertThrows(
        NullPointerException.class,
        () -> SignalPublisher.on(notifier, dependents, 1, Signal.USR1, null));
    assertTrue(source.block().wanted().isEmpty());
  }

  private Recording subscribe() {
    Recording subscriber = new Recording();
    publisher.subscribe(subscriber);
    return subscriber;
  }

  private static void takeOne(SignalChannel channel) {
    try {
      channel.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Keeps what it is told; requests nothing by itself. */
  private static class Recording implements Flow.Subscriber<SignalEvent> {
    final BlockingQueue<Object> told = new LinkedBlockingQueue<>();
    private volatile CountedSubscription subscription;

    CountedSubscription subscription() {
      return subscription;
    }

    SignalEvent event() throws InterruptedException {
      return assertInstanceOf(SignalEvent.class, told.take());
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = (CountedSubscription) given;
    }

    @Override
    public void onNext(SignalEvent event) {
      told.add(event);
    }

    @Override
    public void onError(Throwable thrown) {
      told.add(thrown);
    }

    @Override
    public void onComplete() {
      told.add("complete");
    }
  }
}
