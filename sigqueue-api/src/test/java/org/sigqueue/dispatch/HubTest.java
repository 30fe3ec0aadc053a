package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.ChildJvm;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.SignalSet;
import org.sigqueue.testing.VirtualSignalSource;

/** The ends that a hub brings about: of a loop that fails, and of all that an owner has. */
@Timeout(120)
class HubTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final VirtualSignalSource source = new VirtualSignalSource();

  @Test
  void loopThatFailsDeliversTheRestGivesAllSignalsBackAndReleasesEverybody() throws Exception {
    FailingStrategy failing = new FailingStrategy();
    SignalChannel channel = SignalChannel.queueing(8);
    AtomicInteger calls = new AtomicInteger();
    try (SignalNotifier signals =
        SignalNotifier.builder().source(source).parking(failing).build()) {
      signals.register(channel, Signal.USR1, Signal.HUP);
      Registration subscription = signals.subscribe(event -> calls.incrementAndGet(), Signal.USR1);
      failing.awaitSleep();
      source.raise(Signal.USR1); // wakes the loop, which fails
      assertEquals(Signal.USR1, channel.take().signal());
      ChannelClosedException closed =
          assertThrows(ChannelClosedException.class, () -> channel.take());
      assertSame(failing.error, closed.getCause());
      assertTrue(source.block().wanted().isEmpty());
      for (Signal signal : new Signal[] {Signal.USR1, Signal.HUP}) {
        assertFalse(source.raise(signal));
        assertFalse(source.disposition(signal.number()).ours());
      }
      assertTrue(subscription.close(LONG));
      assertEquals(1, calls.get());
      // What the loop has left behind is no obstacle to the next.
      SignalChannel next = SignalChannel.coalescing();
      signals.register(next, Signal.USR1);
      assertTrue(source.raise(Signal.USR1));
      assertEquals(Signal.USR1, next.take().signal());
    }
  }

  @Test
  void closeOfANotifierEndsTheCallsOfItsHandlersAndOfNoOthers() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    try (SignalNotifier other = SignalNotifier.builder().source(source).build()) {
      Registration staying = other.subscribe(event -> others.incrementAndGet(), Signal.USR1);
      SignalNotifier signals = SignalNotifier.builder().source(source).build();
      Registration subscription =
          signals.subscribe(
              event -> {
                calls.incrementAndGet();
                entered.countDown();
                try {
                  release.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              },
              Signal.USR1);
      source.raise(Signal.USR1);
      entered.await();
      source.raise(Signal.USR1); // waits for the first call
      signals.close();
      assertTrue(source.raise(Signal.USR1)); // the other one's
      release.countDown();
      assertTrue(subscription.close(LONG));
      assertTrue(staying.close(LONG));
      assertEquals(1, calls.get());
      assertEquals(3, others.get());
    }
  }

  @Test
  void ignoreAndResetEndTheRegistrationsOfTheirSignalsAlone() throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      SignalChannel channel = SignalChannel.queueing(8);
      signals.register(channel, Signal.USR1, Signal.HUP, Signal.INT);
      signals.ignore(Signal.USR1);
      signals.reset(Signal.INT);
      assertEquals(SignalSet.of(Signal.HUP.number()), source.block().wanted());
      assertTrue(source.raise(Signal.HUP));
      assertEquals(Signal.HUP, channel.take().signal());
      assertNull(Hub.of(source).displacement(Signal.HUP.number()));
      // No call has kept the lock, which this thread could take again.
      FutureTask<Registration> other =
          new FutureTask<>(() -> signals.register(channel, Signal.USR1));
      new Thread(other).start();
      other.get();
      assertTrue(source.raise(Signal.USR1));
      assertEquals(Signal.USR1, channel.take().signal());
    }
  }

  /** Nobody would have the handle to end it. */
  @Test
  void registrationThatFailsOnItsWayIntoExclusiveDeliveryIsUndone() throws Exception {
    BrokenSource broken = new BrokenSource();
    LinkageError error = new LinkageError("on purpose");
    broken.replace(
        "enterExclusive",
        () -> {
          throw error;
        });
    SignalNotifier signals =
        SignalNotifier.builder().source(broken.source).exclusive(Signal.USR1).build();
    SignalChannel channel = SignalChannel.coalescing();
    assertSame(
        error,
        assertThrows(LinkageError.class, () -> signals.register(channel, Signal.USR1, Signal.HUP)));
    assertTrue(broken.virtual.block().wanted().isEmpty());
    assertFalse(broken.virtual.disposition(Signal.HUP.number()).ours());
  }

  @Test
  void channelThatIsClosedIsClosedAlthoughItsHubFails() throws Exception {
    BrokenSource broken = new BrokenSource();
    SignalNotifier signals = SignalNotifier.builder().source(broken.source).build();
    SignalChannel channel = SignalChannel.coalescing();
    signals.register(channel, Signal.USR1);
    LinkageError error = new LinkageError("on purpose");
    broken.replace(
        "exclusive",
        () -> {
          throw error;
        });
    assertSame(error, assertThrows(LinkageError.class, channel::close));
    assertTrue(channel.isClosed());
    assertFalse(broken.virtual.disposition(Signal.USR1.number()).ours());
  }

  /** What is pending in the kernel meanwhile would take the previous action. */
  @Test
  void secondCloseWaitsForTheFirstToBringSignalsBackToTheHandler() throws Exception {
    BrokenSource broken = new BrokenSource();
    CountDownLatch leaving = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    SignalNotifier signals = SignalNotifier.builder().source(broken.source).build();
    Registration registration = signals.register(SignalChannel.coalescing(), Signal.USR1);
    broken
        .replace("exclusive", () -> SignalSet.of(Signal.USR1.number()))
        .replace(
            "leaveExclusive",
            () -> {
              broken.replace("exclusive", () -> SignalSet.EMPTY); // and then the masks of threads
              leaving.countDown();
              goOn.await();
              return null;
            });
    FutureTask<Object> first = new FutureTask<>(registration::close, null);
    FutureTask<Object> second = new FutureTask<>(registration::close, null);
    new Thread(first).start();
    leaving.await();
    Thread later = new Thread(second);
    later.start();
    awaitWait(later);
    assertTrue(broken.virtual.raise(Signal.USR1));
    goOn.countDown();
    first.get();
    second.get();
    assertFalse(broken.virtual.raise(Signal.USR1));
  }

  private static void awaitWait(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void endOfWhatComesByHandlerDoesNotWaitForAWayIn() throws Exception {
    WayIn way = new WayIn();
    Registration other = way.signals.register(SignalChannel.coalescing(), Signal.HUP);
    way.begin();
    other.close(); // or waits for the way in, which lasts until its latch gives up
    assertFalse(way.registered.isDone());
    way.goOn.countDown();
    way.registered.get().close();
  }

  /** Others may be waiting for their ways in, and come first. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void endOfAnExclusiveSignalIsBroughtAboutByAWayInThatIsUnderWay(boolean interrupted)
      throws Exception {
    WayIn way = new WayIn();
    Registration other = way.signals.register(SignalChannel.coalescing(), Signal.HUP);
    AtomicReference<Thread> leaver = new AtomicReference<>();
    way.broken
        .replace("exclusive", () -> SignalSet.of(Signal.HUP.number()))
        .replace(
            "leaveExclusive",
            () -> {
              leaver.set(Thread.currentThread());
              way.broken.replace("exclusive", () -> SignalSet.EMPTY);
              return null;
            });
    way.begin();
    FutureTask<Boolean> closed =
        new FutureTask<>(() -> {
          if (interrupted) {
            Thread.currentThread().interrupt(); // stays so
          }
          other.close();
          return Thread.interrupted();
        });
    Thread closing = new Thread(closed);
    closing.start();
    awaitWait(closing);
    assertFalse(closed.isDone());
    way.goOn.countDown();
    way.registered.get();
    assertEquals(interrupted, closed.get());
    assertSame(way.thread, leaver.get());
  }

  /** The kernel or another runtime has taken what exclusive delivery needs. */
  @Test
  void endOfASignalThatAWayInBringsBackWaitsForThat() throws Exception {
    WayIn way = new WayIn();
    Registration other = way.signals.register(SignalChannel.coalescing(), Signal.HUP);
    way.broken.replace("exclusive", () -> SignalSet.of(Signal.HUP.number()));
    way.atFirst = () -> way.broken.replace("exclusive", () -> SignalSet.EMPTY);
    way.begin();
    Thread closing = new Thread(other::close);
    closing.start();
    awaitWait(closing);
    assertTrue(way.broken.virtual.raise(Signal.HUP));
    way.goOn.countDown();
    way.registered.get();
    closing.join();
    assertFalse(way.broken.virtual.raise(Signal.HUP));
  }

  /** Those that it waits for may be virtual threads, too. */
  @Test
  void virtualThreadThatIsInterruptedLeavesItsCarrierToOthers(@TempDir Path directory)
      throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads here");
    ChildJvm.Result result = new ChildJvm(directory).withOneCarrier().run(OneCarrier.class);
    assertEquals(List.of("closed"), result.out(), result::log);
  }

  /** A virtual thread ends what leaves only when another one has run. */
  static final class OneCarrier {
    private OneCarrier() {}

    public static void main(String[] arguments) {
      try {
        ExecutorService threads =
            (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        WayIn way = new WayIn();
        Registration other = way.signals.register(SignalChannel.coalescing(), Signal.HUP);
        way.atFirst =
            () -> way.broken.replace("exclusive", () -> SignalSet.of(Signal.HUP.number()));
        way.broken.replace(
            "leaveExclusive", () -> way.broken.replace("exclusive", () -> SignalSet.EMPTY));
        way.begin();
        Future<?> closed =
            threads.submit(() -> {
              Thread.currentThread().interrupt();
              other.close();
            });
        threads.submit(way.goOn::countDown).get(60, TimeUnit.SECONDS);
        closed.get(60, TimeUnit.SECONDS);
        System.out.println("closed");
      } catch (Throwable e) {
        System.out.println(e);
      } finally {
        Runtime.getRuntime().halt(0); // also if a thread keeps the carrier
      }
    }
  }

  /** A registration on its way into exclusive delivery, as long as the test wants. */
  private static final class WayIn {
    final BrokenSource broken = new BrokenSource();
    final CountDownLatch goOn = new CountDownLatch(1);
    final SignalNotifier signals =
        SignalNotifier.builder().source(broken.source).exclusive(Signal.USR1).build();
    final FutureTask<Registration> registered =
        new FutureTask<>(() -> signals.register(SignalChannel.coalescing(), Signal.USR1));
    final Thread thread = new Thread(registered);
    Runnable atFirst = () -> {};
    private final CountDownLatch entering = new CountDownLatch(1);

    void begin() throws InterruptedException {
      broken.replace(
          "enterExclusive",
          () -> {
            atFirst.run();
            entering.countDown();
            boolean unused = goOn.await(60, TimeUnit.SECONDS);
            return null;
          });
      thread.start();
      entering.await();
    }
  }

  @Test
  void sourceThatAnotherCopyUsesIsRefused() {
    source.block().attach("the other copy");
    IllegalStateException refusal =
        assertThrows(
            IllegalStateException.class, () -> SignalNotifier.builder().source(source).build());
    assertTrue(refusal.getMessage().contains("virtual"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("the other copy"), refusal.getMessage());
  }
}
