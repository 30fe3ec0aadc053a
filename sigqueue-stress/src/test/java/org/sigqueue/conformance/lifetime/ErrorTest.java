package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.BrokenStrategy;
import org.sigqueue.conformance.CapturedErrors;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.Tools;
import org.sigqueue.testing.VirtualSignalSource;

/** An error on the dispatcher costs occurrences, which are counted, and not the dispatcher. */
@Timeout(240)
class ErrorTest {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  // ---- No memory

  /** Another part of the program has used up the heap, and gives it back. */
  @ParameterizedTest
  @ValueSource(strings = {"-XX:-FlightRecorder", "-XX:StartFlightRecording"})
  void dispatcherOutlivesAHeapThatIsFull(String option) throws Exception {
    Child.Options options =
        Child.calling(getClass(), "fillHeap")
            .java("-Xmx32m", "-Xlog:disable")
            .java(
                option.equals("-XX:StartFlightRecording")
                    ? option + ":filename=" + Tools.newFile()
                    : "-Xshare:auto");
    try (Child child = options.start()) {
      child.expectStart("ready");
      child.say("fill");
      child.expectStart("full");
      for (int i = 0; i < 20; i++) {
        Signals.send(child.pid(), Signal.USR1);
      }
      Signals.send(child.pid(), Signal.TERM); // handled without garbage
      String stats = child.expectStart("accepted by both: ");
      assertTrue(stats.startsWith("accepted by both: true"), stats);
      child.say("go on");
      child.expectStarts("channel SIGUSR1", "callback SIGUSR1");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  private static volatile @Nullable Object @Nullable [] hoard;

  private static volatile boolean marked;

  static void fillHeap(String[] arguments) throws Exception {
    SignalNotifier signals = SignalNotifier.builder().build();
    SignalChannel channel = SignalChannel.queueing(1024);
    signals.register(channel, Signal.USR1);
    Registration calling = signals.subscribe(event -> {}, SignalBuffer.queueing(1024), Signal.USR1);
    Registration marking = signals.subscribeInline(event -> marked = true, Signal.TERM);
    // Once, for the classes.
    signals.raise(Signal.USR1);
    Await.event(channel);
    signals.raise(Signal.TERM);
    awaitMark();
    // Without garbage, unlike System.out.
    FileOutputStream output = new FileOutputStream(FileDescriptor.out);
    byte[] full = "full\n".getBytes(StandardCharsets.UTF_8);
    System.out.println("ready");
    Child.awaitWord();
    fill();
    for (boolean told = false; !told; ) {
      try {
        output.write(full);
        told = true;
      } catch (OutOfMemoryError e) { // Flight Recorder has an event for that
        giveALittle();
      }
    }
    awaitMark();
    marking.close(); // the dispatcher has done all that came before
    // But for a signal whose handler is late, on another thread than that of TERM.
    long accepted = signals.stats().accepted(Signal.USR1);
    long start = System.nanoTime();
    while ((channel.stats().accepted() < accepted || calling.stats().accepted() < accepted)
        && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(Tools.DEADLINE_SECONDS)) {
      LockSupport.parkNanos(LOOK_NANOS);
      accepted = signals.stats().accepted(Signal.USR1);
    }
    DeliveryStats taken = channel.stats();
    DeliveryStats called = calling.stats();
    System.out.println(
        "accepted by both: "
            + (taken.accepted() == accepted && called.accepted() == accepted)
            + ", of "
            + accepted
            + " "
            + taken
            + " "
            + called);
    Child.awaitWord();
    while (channel.poll() != null) {
      // From before.
    }
    calling.close();
    try (Registration again =
        signals.subscribe(event -> System.out.println("callback " + event.signal()), Signal.USR1)) {
      signals.raise(Signal.USR1);
      System.out.println("channel " + Await.event(channel).signal());
      Await.until("it was called", () -> again.stats().delivered() == 1);
      again.close(Duration.ofMinutes(1));
    }
    channel.close();
    signals.close();
  }

  private static void giveALittle() {
    Object[] last = hoard;
    if (last != null) {
      hoard = (Object[]) last[0];
    }
  }

  /** Waits for the inline handler, and gives the memory back. */
  private static void awaitMark() {
    while (!marked) {
      try {
        LockSupport.parkNanos(LOOK_NANOS);
      } catch (OutOfMemoryError e) {
        giveALittle();
      }
    }
    marked = false;
    hoard = null;
  }

  /** Takes all memory, to the last bytes. Prints nothing and needs nothing itself. */
  private static void fill() {
    for (int size = 1 << 20; size >= 0; size = size == 0 ? -1 : size / 2) {
      try {
        for (; ; ) {
          hoard = new @Nullable Object[] {hoard, new byte[size]};
        }
      } catch (OutOfMemoryError e) {
        // Smaller ones may fit.
      }
    }
  }

  // ---- A log that throws

  /** The standard error of this process, which throws instead of writing. */
  private static final class ThrowingErrors extends OutputStream implements AutoCloseable {
    private final PrintStream before = System.err;
    private final CountDownLatch written = new CountDownLatch(1);

    ThrowingErrors() {
      System.setErr(new PrintStream(this, true));
    }

    @Override
    public void write(int b) {
      written.countDown();
      throw new OutOfMemoryError("of the log, on purpose");
    }

    /** Waits for the log, which comes from another thread. */
    void await() {
      Await.until("it is logged", () -> written.getCount() == 0);
    }

    @Override
    public void close() {
      System.setErr(before);
    }
  }

  /** First the signals are given back and everybody is told; the log comes last. */
  @Test
  void dispatcherThatFailsGivesSignalsBackAlthoughTheLogThrows() throws Exception {
    BrokenStrategy broken = new BrokenStrategy();
    VirtualSignalSource source = new VirtualSignalSource();
    try (ThrowingErrors errors = new ThrowingErrors();
        SignalNotifier signals = SignalNotifier.builder().source(source).parking(broken).build();
        SignalChannel channel = SignalChannel.coalescing();
        SignalChannel next = SignalChannel.coalescing()) {
      signals.register(channel, Signal.TERM);
      Thread dispatcher = broken.awaitSleeper();
      broken.breakDown();
      ChannelClosedException closed = assertThrows(ChannelClosedException.class, channel::take);
      assertSame(broken.error(), closed.getCause());
      dispatcher.join(TimeUnit.SECONDS.toMillis(Tools.DEADLINE_SECONDS));
      assertFalse(dispatcher.isAlive());
      assertFalse(source.disposition(Signal.TERM.number()).ours());
      assertFalse(source.raise(Signal.TERM));
      signals.register(next, Signal.TERM);
      source.raise(Signal.TERM);
      assertEquals(Signal.TERM, Await.event(next).signal());
      errors.await();
    }
  }

  @Test
  void handlersThatThrowAreCalledAgainAlthoughTheLogThrows() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    try (ThrowingErrors errors = new ThrowingErrors();
        SignalNotifier signals = SignalNotifier.builder().source(source).build();
        Registration inline = signals.subscribeInline(event -> fail(), Signal.USR1);
        Registration queued = signals.subscribe(event -> fail(), Signal.USR1)) {
      for (int i = 1; i <= 10; i++) {
        int expected = i;
        source.raise(Signal.USR1);
        Await.until(
            "both are called",
            () -> inline.failures() == expected && queued.failures() == expected);
      }
      errors.await();
    }
  }

  /** A handler whose own text cannot be had for the report of its failure. */
  private static final class Nameless implements Consumer<SignalEvent> {
    @Override
    public void accept(SignalEvent event) {
      fail();
    }

    @Override
    public String toString() {
      throw new UnsupportedOperationException("no text, on purpose");
    }
  }

  private static final String NAMELESS = "org.sigqueue.dispatch.CallbackSubscriber";

  @Test
  void handlersWithoutATextThatThrowAreCalledAgain() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier signals = SignalNotifier.builder().source(source).build();
        Registration inline = signals.subscribeInline(new Nameless(), Signal.USR1);
        Registration queued = signals.subscribe(new Nameless(), Signal.USR1)) {
      for (int i = 1; i <= 10; i++) {
        int expected = i;
        source.raise(Signal.USR1);
        Await.until(
            "both are called",
            () -> inline.failures() == expected && queued.failures() == expected);
      }
      assertEquals(new DeliveryStats(10, 0, 0), inline.stats());
      errors.await("the inline handler " + NAMELESS);
      errors.await("the handler " + NAMELESS);
    }
  }

  private static void fail() {
    throw new IllegalStateException("on purpose");
  }
}
