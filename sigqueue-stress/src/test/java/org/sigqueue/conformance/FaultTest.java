package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.testing.VirtualSignalSource;

/** External faults: callers see the error and the rest keeps working. */
@Timeout(240)
class FaultTest {
  private static final long DEADLINE = Tools.DEADLINE_SECONDS;

  // ---- A parking strategy that throws

  private final BrokenStrategy broken = new BrokenStrategy();
  private final VirtualSignalSource source = new VirtualSignalSource();

  private SignalNotifier notifierOverBrokenStrategy() {
    return SignalNotifier.builder().source(source).parking(broken).build();
  }

  @Test
  void errorInAStrategyIsToldToAllThatWaitAndSignalsAreGivenBack() throws Exception {
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier signals = notifierOverBrokenStrategy();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      FutureTask<SignalEvent> taker = new FutureTask<>(channel::take);
      new Thread(taker, "taker").start();
      SignalContext context = signals.notifyContext(Signal.HUP);
      assertTrue(source.disposition(Signal.USR1.number()).ours());
      Thread dispatcher = broken.awaitSleeper();
      broken.breakDown();

      ExecutionException taken =
          assertThrows(ExecutionException.class, () -> taker.get(DEADLINE, TimeUnit.SECONDS));
      assertInstanceOf(ChannelClosedException.class, taken.getCause());
      assertSame(broken.error(), Objects.requireNonNull(taken.getCause()).getCause());
      ChannelClosedException iterated =
          assertThrows(ChannelClosedException.class, () -> channel.iterator().hasNext());
      assertSame(broken.error(), iterated.getCause());
      ChannelClosedException polled =
          assertThrows(ChannelClosedException.class, () -> channel.poll(Duration.ZERO));
      assertSame(broken.error(), polled.getCause());
      ChannelClosedException registered =
          assertThrows(ChannelClosedException.class, () -> signals.register(channel, Signal.USR1));
      assertSame(broken.error(), registered.getCause());
      assertNull(channel.poll());
      assertTrue(channel.isClosed());
      assertEquals(
          Optional.of(new SignalContext.ByFailure(broken.error())),
          context.await(Duration.ofSeconds(DEADLINE)));

      dispatcher.join(TimeUnit.SECONDS.toMillis(DEADLINE));
      assertFalse(dispatcher.isAlive());
      assertFalse(source.disposition(Signal.USR1.number()).ours());
      assertFalse(source.disposition(Signal.HUP.number()).ours());
      errors.await("the signal dispatcher has failed");
      errors.await("broken on purpose");
    }
  }

  @Test
  void signalThatWakesADispatcherToItsDeathIsDelivered() throws Exception {
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier signals = notifierOverBrokenStrategy();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      broken.awaitSleeper();
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, channel.take().signal());
      assertThrows(ChannelClosedException.class, channel::take);
      assertEquals(0, channel.drainTo(new ArrayList<>()));
      errors.await("the signal dispatcher has failed");
    }
  }

  /** The remains of a dead dispatcher are no obstacle. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void registrationAfterADispatcherHasFailedStartsAnother(boolean sameNotifier) throws Exception {
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier failed = notifierOverBrokenStrategy()) {
      SignalChannel lost = SignalChannel.coalescing();
      Registration registration = failed.register(lost, Signal.USR1);
      broken.awaitSleeper();
      broken.breakDown();
      assertThrows(ChannelClosedException.class, lost::take);
      SignalNotifier signals =
          sameNotifier ? failed : SignalNotifier.builder().source(source).build();
      try (SignalChannel channel = SignalChannel.coalescing()) {
        signals.register(channel, Signal.USR1);
        registration.close(); // of what has ended: takes nothing away from the other
        failed.stop(lost);
        lost.close();
        source.raise(Signal.USR1);
        assertEquals(Signal.USR1, Await.event(channel).signal());
        assertEquals(0, lost.stats().accepted());
      }
      signals.close();
      errors.await("the signal dispatcher has failed");
    }
  }

  // ---- Subscribers that throw errors

  @ParameterizedTest
  @ValueSource(strings = {"OutOfMemoryError", "StackOverflowError"})
  void subscriberThatThrowsErrorsDisturbsNobody(String error) throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier signals = SignalNotifier.builder().source(source).build();
        SignalChannel channel = SignalChannel.queueing(64);
        Registration inline = signals.subscribeInline(event -> fail(error, calls), Signal.USR1);
        Registration queued = signals.subscribe(event -> fail(error, calls), Signal.USR1)) {
      signals.register(channel, Signal.USR1);
      for (int i = 0; i < 10; i++) {
        source.raise(Signal.USR1);
        assertEquals(Signal.USR1, Await.event(channel).signal());
      }
      Await.until("all were called", () -> inline.failures() == 10 && queued.failures() == 10);
      assertEquals(20, calls.get());
      errors.await("the handler ");
      errors.await("the inline handler ");
      errors.await(" of SIGUSR1 has failed");
      errors.await(error);
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
      child.awaitError("the handler of SIGUSR1 was replaced by one in libresident.so");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void loseToResident(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
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
      Child.awaitWord();
    }
  }

  /**
   * A thread that ends in our handler, as by an asynchronous cancellation, leaves a record that is
   * never written: it is given up, nobody waits for it twice, and the counts stay right.
   */
  @Test
  void handlerThatDiesWhileItRecordsHidesNothingForLong() throws Exception {
    try (Child child = Child.calling(getClass(), "outliveAHandler").resident("death 10").start()) {
      child.expect("SIGURG");
      child.expect("1 of SIGUSR1, with details: false");
      child.expect("counts: true");
      child.expect("received again");
      child.awaitError("a signal handler for SIGUSR1 has not come back");
      child.say("go on");
      assertEquals("exited 0", child.end(), child::errors);
      assertFalse(
          child.errors().contains("without waiting for"), child::errors); // nor waits a stop
    }
  }

  static void outliveAHandler(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel first = SignalChannel.queueing(8);
        SignalChannel second = SignalChannel.queueing(8)) {
      signals.register(first, Signal.USR1);
      signals.register(second, Signal.URG);
      Child.loadResident();
      signals.raise(Signal.URG); // is behind the record that is missing
      System.out.println(Await.event(second).signal());
      SignalEvent lost = Await.event(first);
      System.out.println(
          lost.count() + " of " + lost.signal() + ", with details: " + lost.hasDetails());
      signals.stop(first);
      signals.stop(second);
      System.out.println("counts: " + (isBalanced(first) && isBalanced(second)));
      signals.register(first, Signal.USR1);
      signals.raise(Signal.USR1);
      Await.event(first);
      signals.stop(first);
      System.out.println("received again");
      Child.awaitWord();
    }
  }

  private static boolean isBalanced(SignalChannel channel) {
    return channel.stats().accepted() == 1
        && channel.stats().accepted()
            == channel.stats().delivered()
                + channel.stats().coalesced()
                + channel.stats().dropped();
  }

  // ---- The system has no more of it

  /** EAGAIN: the kernel queues no more values; those that it took all arrive. */
  @Test
  void fullQueueOfTheKernelIsToldToTheSender() throws Exception {
    assumeTrue(Tools.await(new ProcessBuilder("prlimit", "--version").start()) == 0, "no prlimit");
    try (Child child =
        Child.calling(getClass(), "sendTooMany").under("prlimit", "--sigpending=2000").start()) {
      child.expect("QUEUE_FULL");
      child.expect("all arrived");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void sendTooMany(String[] arguments) throws Exception {
    Signal signal = Signal.rtMin(5);
    long self = ProcessHandle.current().pid();
    // Exclusive: while the dispatcher is held, they stay in the queue.
    try (SignalNotifier signals = SignalNotifier.builder().exclusive(signal).build();
        SignalChannel channel = SignalChannel.queueing(1 << 14)) {
      signals.register(channel, signal);
      while (!signals.status(signal).exclusive()) { // a busy machine may need more than its second
        signals.stop(channel);
        signals.register(channel, signal);
      }
      int sent = 0;
      try (Gate gate = Gate.shut(signals)) {
        try {
          for (; sent < 10_000; sent++) {
            signals.sending().send(self, signal, sent);
          }
        } catch (SignalSendException e) {
          System.out.println(
              e.reason() == SignalSendException.Reason.QUEUE_FULL ? "QUEUE_FULL" : e.toString());
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
      signals.register(channel, Signal.USR1);
      signals.raise(Signal.USR1);
      Await.event(channel);
    }
    SignalNotifier signals = SignalNotifier.builder().parking(eventFd).build();
    Receiver other = SignalQueue.create().claim(eventFd); // has the descriptor that is kept
    System.out.println("ready");
    Child.awaitWord();
    SignalChannel channel = SignalChannel.coalescing();
    try {
      signals.register(channel, Signal.USR1);
      System.out.println("not refused");
    } catch (SignalSourceException e) {
      System.out.println("refused: " + e.getMessage());
    }
    Child.awaitWord();
    signals.register(channel, Signal.USR1);
    signals.raise(Signal.USR1);
    System.out.println("received " + Await.event(channel).signal());
    channel.close();
    signals.close();
    other.close();
  }
}
