package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.SignalSendException.Reason;
import org.sigqueue.Subscription;
import org.sigqueue.VirtualSignalSource;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.HandlerWake;
import org.sigqueue.core.Note;
import org.sigqueue.core.NoteWord;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SignalSourceException;

/** What is out of our hands goes wrong: callers are told, and what can go on does. */
@Timeout(240)
class FaultTest {
  private static final long DEADLINE = Tools.DEADLINE_SECONDS;

  // ---- A parking strategy that throws

  private static final class BrokenStrategy implements ParkingStrategy {
    final LinkageError error = new LinkageError("broken on purpose");
    final CountDownLatch release = new CountDownLatch(1);
    volatile @Nullable Thread sleeper;

    @Override
    public String name() {
      return "broken";
    }

    @Override
    public Note newNote(NoteWord word) {
      return new Note(word) {
        @Override
        public HandlerWake handlerWake() {
          return HandlerWake.NONE;
        }

        @Override
        protected void block(long timeoutNanos) {
          sleeper = Thread.currentThread();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          throw error;
        }

        @Override
        protected void kick() {
          release.countDown();
        }
      };
    }
  }

  /** The dispatcher is dead: who waits or registers gets the error, and signals are given back. */
  @Test
  void errorInAStrategyIsToldToAllCallers() throws Exception {
    BrokenStrategy broken = new BrokenStrategy();
    VirtualSignalSource source = new VirtualSignalSource();
    SignalNotifier signals = SignalNotifier.builder().source(source).parking(broken).build();
    SignalChannel channel = SignalChannel.coalescing();
    signals.notify(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = new FutureTask<>(channel::take);
    new Thread(taker, "taker").start();
    SignalContext context = signals.notifyContext(Signal.HUP);
    CompletableFuture<Throwable> published = new CompletableFuture<>();
    signals.publisher(Signal.USR1).subscribe(new ErrorSubscriber(published));
    assertTrue(source.disposition(Signal.USR1.number()).ours());
    Await.until("the dispatcher sleeps", () -> broken.sleeper != null);
    broken.release.countDown();
    Thread dispatcher = Objects.requireNonNull(broken.sleeper);
    dispatcher.join(TimeUnit.SECONDS.toMillis(DEADLINE));
    assertFalse(dispatcher.isAlive());

    IllegalStateException late =
        assertThrows(
            IllegalStateException.class,
            () -> signals.notify(SignalChannel.coalescing(), Signal.TERM));
    assertSame(broken.error, late.getCause());
    ExecutionException taken =
        assertThrows(ExecutionException.class, () -> taker.get(DEADLINE, TimeUnit.SECONDS));
    assertInstanceOf(ChannelClosedException.class, taken.getCause());
    assertSame(broken.error, Objects.requireNonNull(taken.getCause()).getCause());
    assertThrows(ChannelClosedException.class, () -> channel.iterator().hasNext());
    assertThrows(ChannelClosedException.class, channel::poll);
    assertEquals(
        Optional.of(new SignalContext.ByFailure(broken.error)),
        context.await(Duration.ofSeconds(DEADLINE)));
    assertSame(broken.error, published.get(DEADLINE, TimeUnit.SECONDS));
    assertFalse(source.disposition(Signal.USR1.number()).ours());
    assertFalse(source.disposition(Signal.HUP.number()).ours());
  }

  @Test
  void signalThatWakesADispatcherToItsDeathIsDelivered() throws Exception {
    BrokenStrategy broken = new BrokenStrategy();
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).parking(broken).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, Signal.USR1);
      Await.until("the dispatcher sleeps", () -> broken.sleeper != null);
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, channel.take().signal());
      assertThrows(ChannelClosedException.class, channel::take);
      assertThrows(ChannelClosedException.class, () -> channel.drainTo(new ArrayList<>()));
    }
  }

  /** What the dead dispatcher has left behind is no obstacle. */
  @Test
  void nextNotifierReceivesAfterADispatcherHasFailed() throws Exception {
    BrokenStrategy broken = new BrokenStrategy();
    VirtualSignalSource source = new VirtualSignalSource();
    SignalNotifier failed = SignalNotifier.builder().source(source).parking(broken).build();
    SignalChannel lost = SignalChannel.coalescing();
    failed.notify(lost, Signal.USR1);
    Await.until("the dispatcher sleeps", () -> broken.sleeper != null);
    broken.release.countDown();
    assertThrows(ChannelClosedException.class, lost::take);
    failed.stop(lost);
    lost.close();
    failed.close();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, Signal.USR1);
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, Await.event(channel).signal());
    }
  }

  /** Tells what it is told in the end. */
  private record ErrorSubscriber(CompletableFuture<Throwable> error)
      implements Flow.Subscriber<SignalEvent> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(1);
    }

    @Override
    public void onNext(SignalEvent event) {}

    @Override
    public void onError(Throwable why) {
      error.complete(why);
    }

    @Override
    public void onComplete() {
      error.cancel(false);
    }
  }

  // ---- Subscribers that throw what nobody expects

  @ParameterizedTest
  @ValueSource(strings = {"OutOfMemoryError", "StackOverflowError"})
  void subscriberThatThrowsErrorsDisturbsNobody(String error) throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    AtomicInteger calls = new AtomicInteger();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build();
        SignalChannel channel = SignalChannel.queueing(64);
        Subscription inline = signals.subscribeInline(event -> fail(error, calls), Signal.USR1);
        Subscription queued = signals.subscribe(event -> fail(error, calls), Signal.USR1)) {
      signals.notify(channel, Signal.USR1);
      for (int i = 0; i < 10; i++) {
        source.raise(Signal.USR1);
        assertEquals(Signal.USR1, Await.event(channel).signal());
      }
      Await.until("all were called", () -> inline.failures() == 10 && queued.failures() == 10);
      assertEquals(20, calls.get());
    }
  }

  private static void fail(String error, AtomicInteger calls) {
    calls.incrementAndGet();
    if (error.equals("StackOverflowError")) {
      recurse(1);
    }
    throw new OutOfMemoryError("on purpose");
  }

  @SuppressWarnings("InfiniteRecursion") // until the stack is full
  private static int recurse(int level) {
    return recurse(level + 1) + 1;
  }

  // ---- Other code

  /** A handler in C that replaces ours is told of, and left alone. */
  @Test
  void foreignHandlerThatReplacesOursIsLeftAlone() throws Exception {
    try (Child child = Child.calling(getClass(), "loseToResident").resident("handler 10").start()) {
      child.expect("DISPLACED");
      child.expect("resident handler");
      child.say("go on");
      child.expect("same: true");
      child.expect("resident handler");
      child.say("go on");
      assertEquals("exited 0", child.end(), child::errors);
      assertTrue(child.errors().contains("libresident.so) has replaced"), child::errors);
    }
  }

  static void loseToResident(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, Signal.USR1);
      Child.loadResident();
      Disposition theirs = signals.source().disposition(Signal.USR1.number());
      System.out.println(signals.status(Signal.USR1).kind());
      signals.raise(Signal.USR1);
      Child.awaitWord();
      signals.stop(channel);
      System.out.println(
          "same: " + theirs.equals(signals.source().disposition(Signal.USR1.number())));
      signals.raise(Signal.USR1);
      Child.awaitWord();
      assertEquals(0, channel.stats().accepted());
    }
  }

  // ---- The system has no more of it

  /** EAGAIN: the kernel queues no more values; those that it took all arrive. */
  @Test
  void fullQueueOfTheKernelIsToldToTheSender() throws Exception {
    assumeTrue(Tools.await(new ProcessBuilder("prlimit", "--version").start()) == 0, "no prlimit");
    try (Child child =
        Child.calling(getClass(), "sendTooMany").under("prlimit", "--sigpending=200").start()) {
      child.expect("QUEUE_FULL");
      child.expect("all arrived");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void sendTooMany(String[] arguments) throws Exception {
    Signal signal = Signal.rtMin(5);
    long self = ProcessHandle.current().pid();
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.queueing(1024)) {
      signals.notify(channel, signal);
      int sent = 0;
      try (Gate gate = Gate.shut(signals)) {
        try {
          for (; sent < 1000; sent++) {
            signals.send(self, signal, sent);
          }
        } catch (SignalSendException e) {
          System.out.println(e.reason() == Reason.QUEUE_FULL ? "QUEUE_FULL" : e.toString());
        }
        gate.open();
      }
      for (long i = 0; i < sent; i++) {
        assertEquals(i, Await.event(channel).value().orElseThrow());
      }
      System.out.println("all arrived");
    }
  }

  /** No descriptor for the library or anything else: an error that says so, and later it works. */
  @Test
  void startWithoutDescriptorsIsRefusedAndLaterWorks() throws Exception {
    try (Child child =
        Child.calling(getClass(), "startWithoutDescriptors")
            .under("prlimit", "--nofile=256:256")
            .start()) {
      // Not by opening them all, for the VM's own threads may close one at any moment.
      child.expect("ready");
      limitDescriptors(child, 3);
      child.say("start");
      String refusal = child.expectStart("refused: ");
      assertTrue(refusal.contains("Too many open files"), refusal);
      limitDescriptors(child, 256);
      child.say("start");
      child.expectStart("received");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  private static void limitDescriptors(Child child, int limit) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid=" + child.pid(), "--nofile=" + limit + ":256").start();
    assertEquals(0, Tools.await(prlimit));
  }

  static void startWithoutDescriptors(String[] arguments) throws Exception {
    ParkingStrategy eventFd = ParkingStrategies.byName("eventfd");
    // The library is there, and so are the classes; what is scarce from now on is descriptors.
    try (SignalNotifier signals = SignalNotifier.builder().parking(ParkingStrategies.SPIN).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, Signal.USR1);
      signals.raise(Signal.USR1);
      Await.event(channel);
    }
    SignalNotifier signals = SignalNotifier.builder().parking(eventFd).build();
    System.out.println("ready");
    Child.awaitWord();
    SignalChannel channel = SignalChannel.coalescing();
    try {
      signals.notify(channel, Signal.USR1);
      System.out.println("not refused");
    } catch (SignalSourceException e) {
      System.out.println("refused: " + e.getMessage());
    }
    Child.awaitWord();
    signals.notify(channel, Signal.USR1);
    signals.raise(Signal.USR1);
    System.out.println("received " + Await.event(channel).signal());
    channel.close();
    signals.close();
  }
}
