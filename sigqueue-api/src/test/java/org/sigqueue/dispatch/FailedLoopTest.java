package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.ContextClosedException;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;

/** The steps at the end of a dispatch loop that has failed, in their order and one by one. */
@Timeout(120)
class FailedLoopTest {
  private static final SignalSet USR1 = SignalSet.of(Signal.USR1.number());

  private final BrokenSource broken = new BrokenSource();
  private final SignalSource source = broken.source;
  private final FailingStrategy failing = new FailingStrategy();

  private SignalNotifier notifier() {
    return SignalNotifier.builder().source(source).parking(failing).build();
  }

  private void fail() {
    failing.awaitSleep();
    broken.virtual.raise(Signal.USR1); // wakes the loop, which fails
  }

  /** Registers a subscriber that is told before the others that the loop has failed. */
  private void registerFirst(Consumer<Throwable> onFailure) {
    InternalSubscriber.Listener listener =
        new InternalSubscriber.Listener() {
          @Override
          public void onSignal(SignalEvent event) {}

          @Override
          public void onEnd() {}

          @Override
          public void onFailure(Throwable why) {
            onFailure.accept(why);
          }
        };
    Owner owner = new Owner(failing, SignalSet.EMPTY, false, null);
    Hub.of(source).register(owner, new InternalSubscriber(listener), SignalSet.of(1));
  }

  private boolean isGivenBack() {
    return source.block().wanted().isEmpty()
        && !source.disposition(Signal.USR1.number()).ours()
        && !source.disposition(Signal.HUP.number()).ours();
  }

  @Test
  void signalsAreGivenBackBeforeAnybodyIsTold() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    InternalSubscriber.Listener listener =
        new InternalSubscriber.Listener() {
          @Override
          public void onSignal(SignalEvent event) {
            seen.add("signal, given back: " + isGivenBack());
          }

          @Override
          public void onEnd() {}

          @Override
          public void onFailure(Throwable why) {
            boolean wanted = Hub.of(source).isWanted(Signal.HUP.number());
            seen.add("failure, given back: " + isGivenBack() + ", wanted: " + wanted);
          }
        };
    SignalSet signals = SignalSet.of(Signal.USR1.number(), Signal.HUP.number());
    Hub.of(source)
        .register(
            new Owner(failing, SignalSet.EMPTY, false, null),
            new InternalSubscriber(listener),
            signals);
    fail();
    assertEquals("signal, given back: true", seen.take()); // it was accepted before
    assertEquals("failure, given back: true, wanted: false", seen.take());
  }

  @Test
  void exclusiveSignalsComeByTheHandlerAgain() throws Exception {
    List<String> left = new CopyOnWriteArrayList<>();
    broken
        .replace("exclusive", () -> USR1)
        .replace("leaveExclusive", () -> left.add("left before it is told"));
    SignalChannel channel = SignalChannel.coalescing();
    notifier().register(channel, Signal.USR1);
    fail();
    channel.take();
    assertThrows(ChannelClosedException.class, channel::take);
    assertEquals(List.of("left before it is told"), left);
  }

  @Test
  void callsThatWaitForTheEndOfARegistrationAreReleased() throws Exception {
    // A drain that does not come is given up after ten seconds, each time.
    boolean released = false;
    for (int tries = 0; !released && tries < 3; tries++) {
      released = new FailedLoopTest().nanosToRelease() < TimeUnit.SECONDS.toNanos(5);
    }
    assertTrue(released);
  }

  private long nanosToRelease() throws Exception {
    SignalChannel channel = SignalChannel.queueing(8);
    CountDownLatch leaving = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Registration registration = notifier().register(channel, Signal.USR1, Signal.HUP);
    failing.awaitSleep();
    broken
        .replace("exclusive", () -> USR1)
        .replace(
            "leaveExclusive",
            () -> {
              leaving.countDown();
              goOn.await();
              broken.replace("exclusive", () -> SignalSet.EMPTY);
              return null;
            });
    FutureTask<Object> closing = new FutureTask<>(registration::close, null);
    new Thread(closing).start();
    leaving.await(); // both routes are stopping
    broken.virtual.raise(Signal.USR1);
    long start = System.nanoTime();
    goOn.countDown();
    closing.get();
    long nanos = System.nanoTime() - start;
    assertTrue(isGivenBack());
    return nanos;
  }

  @Test
  void contextIsToldAsTheChannelsAre() throws Exception {
    SignalContext context = notifier().notifyContext(Signal.HUP);
    SignalChannel channel = SignalChannel.coalescing();
    notifier().register(channel, Signal.USR1);
    fail();
    assertSame(failing.error, ((SignalContext.ByFailure) context.await()).why());
    ExecutionException ended =
        assertThrows(
            ExecutionException.class, () -> context.completion().toCompletableFuture().get());
    assertInstanceOf(ContextClosedException.class, ended.getCause());
  }

  /** It is not added to a loop that is about to be forgotten. */
  @Test
  void registrationWhileTheLoopFailsIsServedByTheNext() throws Exception {
    CountDownLatch leaving = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    notifier().register(SignalChannel.coalescing(), Signal.USR1);
    broken
        .replace("exclusive", () -> USR1)
        .replace(
            "leaveExclusive",
            () -> {
              leaving.countDown();
              goOn.await();
              return null;
            });
    fail();
    leaving.await();
    SignalChannel channel = SignalChannel.coalescing();
    FutureTask<Registration> registering =
        new FutureTask<>(() -> notifier().register(channel, Signal.HUP));
    Thread thread = new Thread(registering);
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING && !registering.isDone()) {
      Thread.onSpinWait();
    }
    broken.replace("exclusive", () -> SignalSet.EMPTY);
    goOn.countDown();
    registering.get();
    assertTrue(broken.virtual.raise(Signal.HUP));
    assertEquals(Signal.HUP, channel.take().signal());
  }

  /** Else it would be closed although it is registered. */
  @Test
  void channelOfTheLoopThatFailsIsNotRegisteredAgain() throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    FutureTask<Registration> registering =
        new FutureTask<>(() -> notifier().register(channel, Signal.HUP));
    Thread thread = new Thread(registering);
    registerFirst(why -> {
      thread.start();
      while (thread.getState() != Thread.State.TIMED_WAITING && !registering.isDone()) {
        Thread.onSpinWait();
      }
    });
    notifier().register(channel, Signal.USR1);
    fail();
    ExecutionException refused = assertThrows(ExecutionException.class, registering::get);
    assertInstanceOf(ChannelClosedException.class, refused.getCause());
  }

  @Test
  void subscriberThatThrowsKeepsNoneFromBeingTold() throws Exception {
    CountDownLatch thrown = new CountDownLatch(1);
    registerFirst(why -> {
      thrown.countDown();
      throw new LinkageError("on purpose");
    });
    SignalChannel channel = SignalChannel.coalescing();
    notifier().register(channel, Signal.USR1);
    fail();
    thrown.await();
    channel.take();
    assertThrows(ChannelClosedException.class, channel::take);
  }

  /** Each step is taken, whatever became of the one before. */
  @ParameterizedTest
  @ValueSource(strings = {"blockInThisThread", "restore", "exclusive", "leaveExclusive", "block"})
  void stepThatFailsKeepsNoneFromThoseAfterIt(String method) throws Exception {
    SignalChannel channel = SignalChannel.queueing(8);
    SignalChannel other = SignalChannel.queueing(8);
    notifier().register(channel, Signal.USR1);
    notifier().register(other, Signal.HUP);
    failing.awaitSleep();
    broken.replace("exclusive", () -> USR1);
    AtomicInteger calls = new AtomicInteger();
    Callable<?> body =
        () -> {
          calls.incrementAndGet();
          throw new LinkageError("on purpose");
        };
    if (!method.equals("block")) { // no method of the source fails then
      broken.replace(method, body);
    }
    broken.virtual.raise(Signal.USR1);
    assertEquals(Signal.USR1, channel.take().signal()); // the rest is delivered
    for (SignalChannel each : List.of(channel, other)) {
      ChannelClosedException closed = assertThrows(ChannelClosedException.class, each::take);
      assertSame(failing.error, closed.getCause());
    }
    assertTrue(source.block().wanted().isEmpty());
    assertTrue(method.equals("block") || calls.get() > 0);
    broken.replace("exclusive", () -> SignalSet.EMPTY);
    SignalChannel next = SignalChannel.coalescing();
    notifier().register(next, Signal.HUP);
    assertTrue(broken.virtual.raise(Signal.HUP));
    assertEquals(Signal.HUP, next.take().signal());
    next.close();
    while (!source.block().queue().isClosed()) { // nothing is registered, so the next loop ends
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"blockInThisThread", "restore", "exclusive", "leaveExclusive"})
  void stepIsTakenAgainWhereThereIsNoMemory(String method) throws Exception {
    SignalChannel channel = SignalChannel.queueing(8);
    notifier().register(channel, Signal.USR1, Signal.HUP);
    failing.awaitSleep();
    AtomicInteger calls = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    broken.replace("exclusive", () -> USR1);
    broken.replace(
        method,
        () -> {
          if (calls.getAndIncrement() < 3) {
            throw new OutOfMemoryError("on purpose");
          }
          done.incrementAndGet();
          return method.equals("exclusive")
              ? SignalSet.EMPTY
              : method.equals("restore") ? true : null;
        });
    broken.virtual.raise(Signal.USR1);
    assertEquals(Signal.USR1, channel.take().signal());
    assertThrows(ChannelClosedException.class, channel::take);
    assertTrue(source.block().wanted().isEmpty());
    if (!method.equals("restore")) { // which is never tried again: the handler is harmless
      assertTrue(done.get() > 0, method);
    }
  }

  /** A mask that cannot be followed for lack of memory is followed later. */
  @Test
  void lackOfMemoryBetweenTwoSignalsEndsNothing() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    broken
        .replace("isSubjectToMasks", () -> true)
        .replace(
            "unblockInThisThread",
            () -> {
              if (calls.getAndIncrement() < 3) {
                throw new OutOfMemoryError("on purpose");
              }
              return SignalSet.EMPTY;
            });
    SignalChannel channel = SignalChannel.queueing(8);
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      signals.register(channel, Signal.USR1);
      while (calls.get() < 4) {
        assertFalse(channel.isClosed());
        Thread.onSpinWait();
      }
      broken.virtual.raise(Signal.USR1);
      assertEquals(Signal.USR1, channel.take().signal());
    }
  }
}
