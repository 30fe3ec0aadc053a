package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;

/** The tests of Go's {@code os/signal}, in its order and with its names. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class GoSignalTest {
  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();

  @AfterEach
  void close() {
    signals.close();
  }

  @Test
  void testSignal() throws Exception {
    try (CapturedErrors errors = CapturedErrors.start();
        SignalChannel c = SignalChannel.coalescing();
        SignalChannel c1 = SignalChannel.queueing(64)) {
      signals.register(c, Signal.HUP);
      signals.raise(Signal.HUP);
      assertEquals(Signal.HUP, Await.event(c).signal());

      // Children of other tests may end now.
      Set<Signal> all = new HashSet<>(Signals.process().receivable());
      all.remove(Signal.CHLD);
      signals.register(c1, all);
      errors.await("profilers use SIGVTALRM");
      errors.await("profilers use SIGPROF");
      signals.raise(Signal.WINCH);
      assertEquals(Signal.WINCH, Await.event(c1).signal());

      // Nobody takes from c, which delays nobody and loses nothing.
      for (int i = 0; i < 2; i++) {
        signals.raise(Signal.HUP);
        assertEquals(Signal.HUP, Await.event(c1).signal());
      }
      signals.stop(c);
      SignalEvent merged = c.poll();
      assertEquals(Signal.HUP, merged.signal());
      assertEquals(2, merged.count());
      assertNull(c.poll());
    }
  }

  /** Not with USR1, because of which this process would die of one that comes after Stop. */
  @Test
  void testStress() throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    long before = signals.stats().accepted(Signal.URG);
    signals.register(channel, Signal.URG);
    FutureTask<Long> reader = new FutureTask<>(() -> channel.stream().count());
    new Thread(reader).start();

    long start = System.nanoTime();
    while (System.nanoTime() - start < Duration.ofMillis(500).toNanos()) {
      signals.raise(Signal.URG);
      Thread.onSpinWait();
    }
    Await.until("some are accepted", () -> channel.stats().accepted() > 0);
    signals.stop(channel);
    channel.close();

    long events = Await.result(reader);
    assertTrue(events > 0);
    assertEquals(events, channel.stats().delivered());
    assertEquals(signals.stats().accepted(Signal.URG) - before, channel.stats().accepted());
    assertThrows(ChannelClosedException.class, channel::take);
  }

  @Test
  void testReset() throws Exception {
    endsDeliveryToBoth(() -> signals.reset(Signal.WINCH, Signal.HUP));
  }

  @Test
  void testIgnore() throws Exception {
    endsDeliveryToBoth(() -> signals.ignore(Signal.WINCH, Signal.HUP));
    assertTrue(signals.ignored(Signal.HUP));
    try (Marker marker = new Marker()) {
      signals.raise(Signal.HUP);
      marker.pass();
    }
    signals.reset(Signal.WINCH, Signal.HUP);
  }

  private void endsDeliveryToBoth(Runnable end) throws Exception {
    try (SignalChannel c1 = SignalChannel.coalescing();
        SignalChannel c2 = SignalChannel.coalescing();
        Marker marker = new Marker()) {
      signals.register(c1, Signal.WINCH);
      signals.register(c2, Signal.HUP);
      signals.raise(Signal.WINCH);
      signals.raise(Signal.HUP);
      assertEquals(Signal.WINCH, Await.event(c1).signal());
      assertEquals(Signal.HUP, Await.event(c2).signal());

      end.run();
      long accepted = signals.stats().accepted(Signal.WINCH);
      signals.raise(Signal.WINCH);
      marker.pass();
      assertNull(c1.poll());
      assertNull(c2.poll());
      assertEquals(accepted, signals.stats().accepted(Signal.WINCH));
      assertFalse(signals.source().disposition(Signal.HUP.number()).ours());
    }
  }

  @Test
  void testIgnored() {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.WINCH);
      assertFalse(signals.ignored(Signal.WINCH));
      signals.stop(channel);
      signals.ignore(Signal.WINCH);
      assertTrue(signals.ignored(Signal.WINCH));
      signals.reset(Signal.WINCH);
    }
  }

  @Test
  void testDetectNohup() throws Exception {
    assertEquals("false CATCHABLE", outputOf(Child.calling(getClass(), "isHupIgnored")));
    assertEquals(
        "true IGNORED_AT_START",
        outputOf(Child.calling(getClass(), "isHupIgnored").under("nohup")));
  }

  private static String outputOf(Child.Options options, Object... arguments) throws Exception {
    try (Child child = options.start(arguments)) {
      String line = child.line();
      assertEquals("exited 0", child.end(), child::errors);
      return line;
    }
  }

  static void isHupIgnored(String[] arguments) {
    SignalStatus status = Signals.process().status(Signal.HUP);
    System.out.println(Signals.process().ignored(Signal.HUP) + " " + status.kind());
  }

  @ParameterizedTest
  @ValueSource(strings = {"WINCH", "HUP", "USR1"})
  void testStop(String name) throws Exception {
    stop(signals, Signal.of(name), Signal.of(name).equals(Signal.WINCH) ? 3 : 0);
  }

  /**
   * The steps of Go's test.
   *
   * @param uncaught 1 to send the signal before Notify, 2 after Stop, 3 both
   */
  private static void stop(SignalNotifier signals, Signal signal, int uncaught) throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing();
        Marker marker = new Marker()) {
      if ((uncaught & 1) != 0) {
        signals.raise(signal);
        awaitDeath(signals, signal);
        marker.pass();
      }
      signals.register(channel, signal);
      signals.raise(signal);
      assertEquals(1, Await.event(channel).count());

      signals.stop(channel);
      assertNull(channel.poll());
      if ((uncaught & 2) != 0) {
        signals.raise(signal);
        marker.pass();
      }
      assertNull(channel.poll());
      assertEquals(1, channel.stats(signal).accepted());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void testNohup(int uncaught) throws Exception {
    assertEquals("exited 129", endOf(Child.calling(getClass(), "stopHup"), uncaught));
    assertEquals("signaled 1", endOf(Child.calling(getClass(), "stopHup").java("-Xrs"), uncaught));
    // Notify has caught it, and Stop has given the ignore of nohup back.
    assertEquals("exited 0", endOf(Child.calling(getClass(), "stopHup").under("nohup"), uncaught));
  }

  private static String endOf(Child.Options options, Object... arguments) throws Exception {
    try (Child child = options.start(arguments)) {
      return child.end();
    }
  }

  static void stopHup(String[] arguments) throws Exception {
    try (SignalNotifier signals = Child.takingOver()) {
      stop(signals, Signal.HUP, Integer.parseInt(arguments[0]));
      awaitDeath(signals, Signal.HUP);
    }
  }

  /** Of HUP, unless it is ignored, a JVM dies; in a thread of its own, so it takes a moment. */
  private static void awaitDeath(SignalNotifier signals, Signal signal) throws Exception {
    if (signal.equals(Signal.HUP) && !signals.ignored(signal)) {
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  /** Go issue 8953. */
  @Test
  void testSigCont() throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.CONT);
      signals.raise(Signal.CONT);
      assertEquals(Signal.CONT, Await.event(channel).signal());
    }
  }

  /** Go issue 14571: ten processes, ten tries each; for Reset, too, where Go gives it up. */
  @ParameterizedTest
  @CsvSource({
    "-Xrs, stop, signaled 2",
    "-Xshare:auto, stop, exited 130",
    "-Xrs, reset, signaled 2"
  })
  void testAtomicStop(String option, String how, String death) throws Exception {
    List<FutureTask<Void>> processes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      FutureTask<Void> process =
          new FutureTask<>(() -> {
            try (Child child =
                Child.calling(getClass(), "stopAtomically").java(option).start(how)) {
              List<String> lines = child.rest();
              String end = child.end();
              assertTrue(end.equals("exited 0") || end.equals(death), () -> end);
              assertEquals(end.equals("exited 0") ? List.of("survived") : List.of(), lines);
            }
            return null;
          });
      processes.add(process);
      new Thread(process).start();
      if (i % 3 == 2) {
        Await.result(processes.get(i)); // not all at once
      }
    }
    for (FutureTask<Void> process : processes) {
      Await.result(process);
    }
  }

  static void stopAtomically(String[] arguments) throws Exception {
    for (int i = 0; i < 10; i++) {
      SignalChannel channel = SignalChannel.coalescing();
      Signals.notify(channel, Signal.INT);
      Thread stop =
          new Thread(() -> {
            if (arguments[0].equals("stop")) {
              Signals.stop(channel);
            } else {
              Signals.reset(Signal.INT);
            }
          });
      stop.start();
      Signals.raise(Signal.INT);
      // Now it is on the channel, or this process ends.
      if (channel.poll(Duration.ofSeconds(30)) == null) {
        System.out.println("lost signal on try " + i);
      }
      stop.join();
    }
    System.out.println("survived");
  }

  /** Go issue 34391: signals while the clock is read, in the kernel's code in user space. */
  @Test
  void testTime() throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    signals.register(channel, Signal.URG);
    AtomicBoolean done = new AtomicBoolean();
    FutureTask<Long> clock =
        new FutureTask<>(() -> {
          long reads = 0;
          for (long last = System.nanoTime(); !done.get(); reads++) {
            long now = System.nanoTime();
            assertTrue(now - last >= 0, "the clock went back");
            assertNotEquals(0, System.currentTimeMillis());
            last = now;
          }
          return reads;
        });
    Thread reader = new Thread(clock);
    reader.start();
    AtomicLong tid = new AtomicLong();
    Thread victim =
        new Thread(() -> {
          tid.set(ThreadIds.current());
          while (!done.get()) {
            System.nanoTime();
          }
        });
    victim.start();
    Await.until("thread has told its id", () -> tid.get() != 0);
    long start = System.nanoTime();
    while (System.nanoTime() - start < Duration.ofMillis(300).toNanos()) {
      signals.raise(Signal.URG);
    }
    // Process-directed signals hit one thread; this one is in the clock nearly always.
    Tools.help("tgkill", ProcessHandle.current().pid(), tid.get(), Signal.URG.number());
    Await.until("some are accepted", () -> channel.stats().accepted() > 0);
    signals.stop(channel);
    channel.close();
    done.set(true);
    assertTrue(Await.result(clock) > 0);
    victim.join();
  }

  /** Go issue 44193: no signal is lost while the world is stopped and started. */
  @Test
  void testSignalTrace() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (SignalChannel channel = SignalChannel.coalescing();
        Recording recording = Recording.start("org.sigqueue.SignalReceived")) {
      signals.register(channel, Signal.HUP);
      FutureTask<Integer> stops =
          new FutureTask<>(() -> {
            int count = 0;
            for (; count < 20 || !done.get(); count++) {
              System.gc();
            }
            return count;
          });
      new Thread(stops).start();
      for (int i = 0; i < 100; i++) {
        signals.raise(Signal.HUP);
        assertEquals(1, Await.event(channel).count());
      }
      done.set(true);
      assertTrue(Await.result(stops) >= 20);
      assertEquals(100, recording.stop());
    }
  }

  /** Go issue 46321, where Go gives it up. */
  @ParameterizedTest
  @ValueSource(strings = {"HUP", "INT", "USR1", "TERM", "WINCH"})
  void testResetIgnore(String name) throws Exception {
    Signal signal = Signal.of(name);
    Disposition before = signals.source().disposition(signal.number());
    boolean ignored = signals.ignored(signal);
    for (boolean notified : new boolean[] {false, true}) {
      signals.ignore(signal);
      assertTrue(signals.ignored(signal));
      assertTrue(isIgnoredInChild(signal));
      if (notified) {
        try (SignalChannel channel = SignalChannel.coalescing()) {
          signals.register(channel, signal);
          assertFalse(signals.ignored(signal));
          signals.reset(signal);
        }
      } else {
        signals.reset(signal);
      }
      assertEquals(ignored, signals.ignored(signal));
      assertEquals(ignored, isIgnoredInChild(signal));
      assertEquals(before, signals.source().disposition(signal.number()));
    }
  }

  /** Ignored, SIGCHLD would take the JDK its children; so we have no such Reset to test. */
  @Test
  void testResetIgnoreChld() throws Exception {
    UnsupportedSignalException refusal =
        assertThrows(UnsupportedSignalException.class, () -> signals.ignore(Signal.CHLD));
    assertEquals(UnsupportedSignalException.Reason.RESERVED_BY_VM, refusal.reason());
    assertFalse(isIgnoredInChild(Signal.CHLD));
  }

  private static boolean isIgnoredInChild(Signal signal) throws Exception {
    long ignored = Child.masks(Tools.help("status", "self")).get("SigIgn");
    return (ignored & SignalSet.bit(signal.number())) != 0;
  }

  @ParameterizedTest
  @ValueSource(strings = {"HUP", "INT"})
  void testInitiallyIgnoredResetIgnore(String name) throws Exception {
    Signal signal = Signal.of(name);
    Child.Options options = Child.calling(getClass(), "resetWhatWasIgnored").ignoring(signal);
    assertEquals("true true true true", outputOf(options, name));
  }

  static void resetWhatWasIgnored(String[] arguments) {
    Signal signal = Signal.of(arguments[0]);
    String before = Signals.process().ignored(signal) + " ";
    Signals.reset(signal);
    String reset = Signals.process().ignored(signal) + " ";
    Signals.ignore(signal);
    Signals.reset(signal);
    String ignoredAndReset = Signals.process().ignored(signal) + " ";
    try (SignalNotifier signals = Child.takingOver()) {
      signals.register(SignalChannel.coalescing(), signal);
      signals.reset(signal);
      System.out.println(before + reset + ignoredAndReset + signals.ignored(signal));
    }
  }

  /** Go issue 43149: setegid of glibc interrupts all threads, the sleeping receiver, too. */
  @Test
  void testAllThreadsSyscallSignals() throws Exception {
    Child.Options options =
        Child.calling(getClass(), "changeUserOfAllThreads").resident("setxid 100");
    assertEquals("1 event, 0 others", outputOf(options));
  }

  static void changeUserOfAllThreads(String[] arguments) throws Exception {
    try (SignalChannel channel = SignalChannel.queueing(64);
        SignalChannel others = SignalChannel.queueing(64)) {
      Signals.notify(channel, Signal.USR1);
      Signals.process().register(others, Signals.process().receivable());
      signalsSettle(others);
      Child.loadResident();
      Signals.raise(Signal.USR1);
      List<SignalEvent> events = new ArrayList<>();
      events.add(Await.event(channel));
      SignalEvent other = Await.event(others);
      if (!other.signal().equals(Signal.USR1)) {
        fail("stray " + other);
      }
      Signals.stop(channel);
      Signals.stop(others);
      channel.drainTo(events);
      List<SignalEvent> stray = new ArrayList<>();
      others.drainTo(stray);
      System.out.println(events.size() + " event, " + stray.size() + " others");
    }
  }

  private static void signalsSettle(SignalChannel others) throws InterruptedException {
    Signals.raise(Signal.WINCH);
    assertEquals(Signal.WINCH, Await.event(others).signal());
  }
}
