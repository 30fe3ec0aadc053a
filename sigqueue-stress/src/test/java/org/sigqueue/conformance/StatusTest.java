package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;

/** The status of a signal, which agrees with what a registration does. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class StatusTest {
  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();

  @AfterEach
  void close() {
    signals.close();
  }

  @Test
  void allSixtyFourInAFreshJvm() throws Exception {
    Map<Kind, NavigableSet<Integer>> expected = new EnumMap<>(Kind.class);
    expected.put(Kind.UNCATCHABLE, numbers(9, 19));
    expected.put(Kind.FAULT, numbers(4, 5, 6, 7, 8, 11, 31));
    expected.put(Kind.RESERVED_BY_VM, numbers(3, 12, 62));
    expected.put(Kind.RESERVED_BY_LIBC, numbers(32, 33));
    NavigableSet<Integer> rest = new TreeSet<>();
    for (int number = 1; number <= 64; number++) {
      rest.add(number);
    }
    expected.values().forEach(rest::removeAll);
    expected.put(Kind.CATCHABLE, rest);
    try (Child child = Child.calling(getClass(), "printAll").start()) {
      child.expect(expected.toString());
      child.expect("refusals agree");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  private static NavigableSet<Integer> numbers(int... numbers) {
    NavigableSet<Integer> set = new TreeSet<>();
    for (int number : numbers) {
      set.add(number);
    }
    return set;
  }

  static void printAll(String[] arguments) {
    Map<Kind, NavigableSet<Integer>> found = new EnumMap<>(Kind.class);
    for (int number = 1; number <= 64; number++) {
      SignalStatus status = Signals.process().status(Signal.of(number));
      found.computeIfAbsent(status.kind(), kind -> new TreeSet<>()).add(number);
    }
    System.out.println(found);
    for (int number = 1; number <= 64; number++) {
      Kind kind = Signals.process().status(Signal.of(number)).kind();
      try (SignalChannel channel = SignalChannel.coalescing()) {
        Signals.notify(channel, Signal.of(number));
        assertEquals(Kind.CATCHABLE, kind);
      } catch (UnsupportedSignalException e) {
        assertEquals(e.reason().name(), kind.name());
        assertEquals(number, e.signal().number());
      }
    }
    System.out.println("refusals agree");
  }

  @Test
  void usr1IsCatchableBeforeDuringAndAfterNotify() {
    assertEquals(Kind.CATCHABLE, signals.status(Signal.USR1).kind());
    assertEquals("it can be received", signals.status(Signal.USR1).explanation());
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      assertEquals(Kind.CATCHABLE, signals.status(Signal.USR1).kind());
      assertEquals("it is received", signals.status(Signal.USR1).explanation());
    }
    assertEquals("it can be received", signals.status(Signal.USR1).explanation());
  }

  @ParameterizedTest
  @ValueSource(strings = {"HUP", "INT", "TERM"})
  void ignoredAtStartStaysIgnoredAndCanBeTakenOver(String signal) throws Exception {
    Child.Options options =
        Child.calling(getClass(), "takeOver")
            .ignoring(Signal.of(signal))
            .java("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
    try (Child child = options.start(signal)) {
      child.expect("IGNORED_AT_START");
      child.expect("ignored: true, IGNORED_AT_START");
      child.expectStart("it was ignored when the process started, and stays so; ");
      child.expect("SIGUSR1 alone arrived");
      child.expect(
          "received 1, IGNORED_AT_START: it was ignored when the process started, and taken over");
      child.expect("ignored again: true");
      child.expect("alive");
      child.awaitError("SIG" + signal + " was ignored when the process started");
      child.awaitError("takeOverIgnored()");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void takeOver(String[] arguments) throws Exception {
    Signal signal = Signal.of(arguments[0]);
    System.out.println(Signals.process().status(signal).kind());
    try (SignalChannel channel = SignalChannel.queueing(16);
        Marker marker = new Marker()) {
      Signals.notify(channel, Signal.USR1, signal);
      SignalNotifier signals = Signals.process();
      System.out.println(
          "ignored: " + signals.ignored(signal) + ", " + signals.status(signal).kind());
      System.out.println(signals.status(signal).explanation());
      signals.raise(signal);
      marker.pass();
      signals.raise(Signal.USR1);
      System.out.println(Await.event(channel).signal() + " alone arrived");
    }
    try (SignalNotifier signals = Child.takingOver();
        SignalChannel channel = SignalChannel.coalescing();
        Marker marker = new Marker()) {
      signals.register(channel, signal);
      signals.raise(signal);
      System.out.println(
          "received "
              + Await.event(channel).count()
              + ", "
              + signals.status(signal).kind()
              + ": "
              + signals.status(signal).explanation());
      signals.stop(channel);
      System.out.println("ignored again: " + signals.ignored(signal));
      signals.raise(signal);
      marker.pass();
    }
    System.out.println("alive");
    Child.awaitWord();
  }

  @Test
  void blockedEverywhere() throws Exception {
    Child.Options options = Child.calling(getClass(), "printBlocked").blocking(Signal.USR1);
    try (Child child = options.start()) {
      child.expect("BLOCKED_EVERYWHERE CATCHABLE");
      child.expect("CATCHABLE while it is handled");
      child.expect("BLOCKED_EVERYWHERE");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  /** This source unblocks nothing. */
  @Test
  void blockedEverywhereForTheSourceOfTheJdk() throws Exception {
    Child.Options options = Child.calling(getClass(), "printRegistered").blocking(Signal.USR1);
    try (Child child = options.java("-Dos.arch=pdp11").start()) {
      child.expect("jdk BLOCKED_EVERYWHERE");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void printRegistered(String[] arguments) {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      System.out.println(signals.source().name() + " " + signals.status(Signal.USR1).kind());
    }
  }

  static void printBlocked(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build()) {
      System.out.println(
          signals.status(Signal.USR1).kind() + " " + signals.status(Signal.WINCH).kind());
      CountDownLatch handled = new CountDownLatch(1);
      Registration inline =
          signals.subscribeInline(
              event -> {
                System.out.println(signals.status(Signal.USR1).kind() + " while it is handled");
                handled.countDown();
              },
              Signal.USR1);
      signals.raise(Signal.USR1);
      assertTrue(handled.await(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS));
      inline.close();
      System.out.println(signals.status(Signal.USR1).kind());
    }
  }

  @Test
  void foreignHandler() throws Exception {
    Child.Options options = Child.calling(getClass(), "takeFromResident").resident("handler 10");
    try (Child child = options.start()) {
      child.expect("CATCHABLE");
      child.expect("FOREIGN_HANDLER its handler is in libresident.so");
      child.expect("CATCHABLE it is received");
      child.expect("FOREIGN_HANDLER its handler is in libresident.so");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void takeFromResident(String[] arguments) {
    System.out.println(Signals.process().status(Signal.USR1).kind());
    Child.loadResident();
    print(Signals.process().status(Signal.USR1));
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.USR1);
    print(Signals.process().status(Signal.USR1));
    Signals.stop(channel);
    print(Signals.process().status(Signal.USR1));
  }

  private static void print(SignalStatus status) {
    System.out.println(status.kind() + " " + status.explanation());
  }

  /** The JDK's own way to handle signals takes ours away; we see it and leave it alone. */
  @Test
  void displaced() throws Exception {
    try (Child child = Child.calling(getClass(), "beDisplaced").start()) {
      child.expect("CATCHABLE");
      child.expect("DISPLACED its handler was replaced by one in libjvm.so, for sun.misc.Signal");
      child.expect("sun.misc.Signal");
      child.expect("ours: 0");
      child.expect("DISPLACED its handler was replaced by one in libjvm.so, for sun.misc.Signal");
      child.expect("sun.misc.Signal");
      child.expect("received 1");
      child.expect("CATCHABLE");
      String warning = "the handler of SIGUSR1 was replaced by one in libjvm.so";
      child.awaitError(warning);
      assertEquals("exited 0", child.end(), child::errors);
      assertEquals(
          child.errors().indexOf(warning), child.errors().lastIndexOf(warning), "told once");
      assertTrue(child.errors().contains("registering again takes the signal back"));
    }
  }

  static void beDisplaced(String[] arguments) throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.USR1);
    System.out.println(Signals.process().status(Signal.USR1).kind());
    handleBySunMisc("USR1");
    print(Signals.process().status(Signal.USR1));
    Signals.raise(Signal.USR1);
    Await.until("sun.misc.Signal has handled it", () -> handled);
    System.out.println("ours: " + channel.stats().accepted());
    handled = false;
    Signals.stop(channel); // restores nothing
    print(Signals.process().status(Signal.USR1));
    Signals.raise(Signal.USR1);
    Await.until("sun.misc.Signal has handled it", () -> handled);
    Signals.notify(channel, Signal.USR1); // who asks again takes it again
    Signals.raise(Signal.USR1);
    System.out.println("received " + Await.event(channel).count());
    System.out.println(Signals.process().status(Signal.USR1).kind());
    Child.awaitWord();
  }

  private static volatile boolean handled;

  /** By reflection: the module of these tests does not require {@code jdk.unsupported}. */
  private static void handleBySunMisc(String name) throws Exception {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object proxy =
        java.lang.reflect.Proxy.newProxyInstance(
            handler.getClassLoader(),
            new Class<?>[] {handler},
            (self, method, parameters) -> {
              if (method.getName().equals("handle")) {
                System.out.println("sun.misc.Signal");
                handled = true;
              }
              return null;
            });
    Method handle = signal.getMethod("handle", signal, handler);
    handle.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
  }

  /** The JVM's use of USR2 can be moved; then we may have USR2, and not the other. */
  @Test
  void movedSignalOfTheVm() throws Exception {
    Child.Options options =
        Child.calling(getClass(), "printMoved").under("env", "_JAVA_SR_SIGNUM=40");
    try (Child child = options.start()) {
      child.expect("CATCHABLE RESERVED_BY_VM");
      child.expect("received 1");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void printMoved(String[] arguments) throws Exception {
    System.out.println(
        Signals.process().status(Signal.USR2).kind()
            + " "
            + Signals.process().status(Signal.of(40)).kind());
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR2);
      Signals.raise(Signal.USR2);
      System.out.println("received " + Await.event(channel).count());
    }
  }

  @Test
  void sharedQuitStillDumpsThreadsAndLetsJcmdAttach() throws Exception {
    try (Child child = Child.calling(getClass(), "shareQuit").start()) {
      child.expect("refused: RESERVED_BY_VM");
      child.expect("ready");
      signals.sending().send(child.pid(), Signal.QUIT);
      child.expectStarts(
          "received SIGQUIT from pid " + ProcessHandle.current().pid(), "Full thread dump");
      Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
      Process attach =
          new ProcessBuilder(jcmd.toString(), String.valueOf(child.pid()), "VM.version")
              .redirectErrorStream(true)
              .start();
      String output = new String(attach.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, Tools.await(attach), output);
      assertTrue(output.contains("JDK"), output);
      child.say("stop");
      child.expectStart("stopped");
      signals.sending().send(child.pid(), Signal.QUIT);
      child.expectStart("Full thread dump");
      child.say("end");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void shareQuit(String[] arguments) throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    try {
      Signals.notify(channel, Signal.QUIT);
    } catch (UnsupportedSignalException e) {
      System.out.println("refused: " + e.reason());
    }
    var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (SignalNotifier signals = SignalNotifier.builder().receiveQuit().build()) {
      signals.register(channel, Signal.QUIT);
      System.out.println("ready");
      System.out.println("\nreceived " + Await.event(channel)); // the VM writes, too
      orders.readLine();
      signals.stop(channel);
      System.out.println("\nstopped");
      orders.readLine();
    }
  }
}
