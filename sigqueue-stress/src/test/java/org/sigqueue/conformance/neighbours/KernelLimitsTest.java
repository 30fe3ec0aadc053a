package org.sigqueue.conformance.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Sender;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.Tools;
import org.sigqueue.core.SignalSet;

/**
 * The effects of a parent, the kernel's quota and other native code on exclusive delivery and on
 * signals: whatever a registration has accepted is received, and no call waits for long. Each in a
 * child.
 */
@Timeout(240)
class KernelLimitsTest {
  private static final int SI_QUEUE = -1;
  private static final Signal EXCLUSIVE = Signal.rtMin(3);

  /** The limit of the way in and out, with room for a machine that is busy. */
  private static final long LIMIT_MILLIS = 9_000;

  private static SignalNotifier configure() {
    return Signals.configure(SignalNotifier.builder().takeOverIgnored().exclusive(EXCLUSIVE));
  }

  /** Prints how long a call takes, if that is too long. */
  private static void inTime(String what, Runnable call) {
    long start = System.nanoTime();
    call.run();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    if (millis > LIMIT_MILLIS) {
      System.out.println(what + " took " + millis + " ms");
    }
  }

  // ---- The quota of queued signals is used up

  /** The quota is one for all processes of a user, so that others may have used it up. */
  @Test
  void signalsAreReceivedWithoutAQuotaOfQueuedSignals() throws Exception {
    assumeTrue(Tools.await(new ProcessBuilder("prlimit", "--version").start()) == 0, "no prlimit");
    try (Child child =
        Child.calling(getClass(), "receiveWithoutQuota")
            .under("prlimit", "--sigpending=0")
            .start()) {
      child.expect("ready");
      for (Signal signal : List.of(EXCLUSIVE, Signal.TERM, Signal.USR1)) {
        Tools.help("kill", child.pid(), signal.number());
        child.expect("received " + signal);
      }
      child.expect("closed");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  /** Where there is no room the kernel says pid 0, uid 0, as of a root that it vouches for. */
  @ParameterizedTest
  @CsvSource({
    "USR1, kill, true", //
    "USR1, sigqueue, false",
    "RTMIN+5, kill, false" // sigqueue is refused
  })
  void senderForWhichThereIsNoRoomIsNotVerified(String name, String call, boolean verified)
      throws Exception {
    assumeTrue(Tools.await(new ProcessBuilder("prlimit", "--version").start()) == 0, "no prlimit");
    try (Child child =
        Child.calling(getClass(), "printSenderOf").under("prlimit", "--sigpending=0").start(name)) {
      child.expect("ready");
      int signal = Signal.of(name).number();
      if (call.equals("kill")) {
        Tools.help("kill", child.pid(), signal);
      } else {
        Tools.help("send", child.pid(), signal, SI_QUEUE, 7);
      }
      child.expect(verified ? "verified" : "pid unknown uid 0 (unverified)");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void printSenderOf(String[] arguments) throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.of(arguments[0]));
    System.out.println("ready");
    Sender sender = Await.event(channel).sender().orElseThrow();
    System.out.println(sender.isVerified() ? "verified" : sender);
  }

  static void receiveWithoutQuota(String[] arguments) throws Exception {
    SignalNotifier signals = configure();
    SignalChannel channel = SignalChannel.queueing(16);
    inTime("register", () -> signals.register(channel, EXCLUSIVE, Signal.TERM, Signal.USR1));
    System.out.println("ready");
    for (int i = 0; i < 3; i++) {
      System.out.println("received " + Await.event(channel).signal());
    }
    inTime("close", channel::close);
    System.out.println("closed");
  }

  // ---- The parent has blocked signals

  /** A registration that is accepted is received; else it is refused with the reason. */
  @ParameterizedTest
  @ValueSource(strings = {"USR1", "CHLD", "HUP", "WINCH", "RTMIN+1", "RTMIN+3"})
  void signalThatTheParentHasBlockedIsReceivedOrRefused(String name) throws Exception {
    Signal signal = Signal.of(name);
    try (Child child = Child.calling(getClass(), "receiveBlocked").blocking(signal).start(name)) {
      String line = child.expectStart("r");
      assertTrue(line.equals("received " + signal) || line.startsWith("refused: "), () -> line);
      child.expect("closed");
      child.expect("masks as before");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void receiveBlocked(String[] arguments) throws Exception {
    assertEquals(0, Tools.await(new ProcessBuilder("true").start()));
    Signal signal = Signal.of(arguments[0]);
    SignalNotifier signals = configure();
    SignalSet before = blockedHere();
    SignalChannel channel = SignalChannel.queueing(16);
    try {
      inTime("register", () -> signals.register(channel, signal));
      Tools.help("kill", ProcessHandle.current().pid(), signal.number());
      System.out.println("received " + Await.event(channel).signal());
    } catch (UnsupportedSignalException e) {
      System.out.println("refused: " + e.getMessage());
    }
    inTime("close", channel::close);
    System.out.println("closed");
    Await.until(
        () -> "masks as before: " + before + ", not " + blockedHere(),
        () -> blockedHere().equals(before));
    System.out.println("masks as before");
  }

  private static SignalSet blockedHere() {
    try {
      return new SignalSet(
          Child.masks(Files.readString(Path.of("/proc/thread-self/status"))).get("SigBlk"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // ---- Threads that block everything

  /** They cannot be told anything, and telling them again and again fills the user's queue. */
  @Test
  void cyclesBesideThreadsThatBlockAllSignalsQueueNothing() throws Exception {
    try (Child child = Neighbour.in(Child.calling(getClass(), "cycle")).start()) {
      child.expect("cycled");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void cycle(String[] arguments) throws Exception {
    int threads = 4;
    int cycles = 50;
    Neighbour.load();
    Neighbour.startDeafThreads(threads);
    SignalNotifier signals = configure();
    long before = queued();
    for (int i = 0; i < cycles; i++) {
      SignalChannel channel = SignalChannel.queueing(16);
      inTime("register", () -> signals.register(channel, EXCLUSIVE));
      signals.raise(EXCLUSIVE);
      Await.event(channel);
      inTime("close", channel::close);
    }
    // Others may have queued signals as well, but not for long.
    Await.until(
        () -> "few are queued: " + queued() + ", " + before + " before",
        () -> queued() < before + cycles * threads / 2);
    System.out.println("cycled");
  }

  private static long queued() {
    try {
      return Files.readString(Path.of("/proc/self/status"))
          .lines()
          .filter(line -> line.startsWith("SigQ:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("SigQ:\\s*|/.*", "")))
          .sum();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // ---- A runtime that stops its threads by a real-time signal

  /** Its signal may be the one received here, one that is used privately, or another. */
  @ParameterizedTest
  @ValueSource(ints = {36, 61, 63})
  void collectorThatUsesARealTimeSignalWorksAndSignalsAreReceived(int number) throws Exception {
    for (String when : new String[] {"before", "after"}) {
      try (Child child = Neighbour.in(Child.calling(getClass(), "collect")).start(number, when)) {
        child.expect("the world stops, signals arrive");
        child.expect("the world stops, signals arrive");
        assertEquals("exited 0", child.end(), child::errors);
      }
    }
  }

  static void collect(String[] arguments) throws Exception {
    int number = Integer.parseInt(arguments[0]);
    Neighbour.load();
    SignalNotifier signals = configure();
    if (arguments[1].equals("before")) {
      Neighbour.startCollector(number);
    }
    SignalChannel channel = SignalChannel.queueing(16);
    inTime("register", () -> signals.register(channel, EXCLUSIVE, Signal.USR1));
    if (arguments[1].equals("after")) {
      Neighbour.startCollector(number);
    }
    printWhetherAllWorks(signals, channel);
    inTime("close", channel::close);
    SignalChannel again = SignalChannel.queueing(16);
    inTime("register again", () -> signals.register(again, EXCLUSIVE, Signal.USR1));
    printWhetherAllWorks(signals, again);
    inTime("close again", again::close);
  }

  private static void printWhetherAllWorks(SignalNotifier signals, SignalChannel channel)
      throws Exception {
    boolean stops = Neighbour.stopTheWorld(Tools.DEADLINE_SECONDS);
    for (Signal signal : List.of(EXCLUSIVE, Signal.USR1)) {
      signals.raise(signal);
      assertEquals(signal, Await.event(channel).signal());
    }
    System.out.println("the world " + (stops ? "stops" : "does not stop") + ", signals arrive");
  }
}
