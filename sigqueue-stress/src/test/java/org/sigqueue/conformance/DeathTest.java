package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/** How a JVM ends by a signal, as its parent sees it. */
@Timeout(120)
class DeathTest {
  private final SignalNotifier signals = SignalNotifier.builder().build();

  @AfterEach
  void close() {
    signals.close();
  }

  /** Where nobody is notified, the JVM runs its hooks and exits with 128 + n. */
  @ParameterizedTest
  @CsvSource({"INT, exited 130", "TERM, exited 143", "HUP, exited 129"})
  void defaultOfTheJvm(String signal, String end) throws Exception {
    try (Child child = Child.calling(getClass(), "waitForever").start()) {
      child.expect("ready");
      signals.sending().send(child.pid(), Signal.of(signal));
      child.expect("hook");
      assertEquals(end, child.end());
    }
  }

  /** With -Xrs the system ends it. */
  @ParameterizedTest
  @CsvSource({"INT, signaled 2", "TERM, signaled 15", "HUP, signaled 1"})
  void defaultOfTheSystem(String signal, String end) throws Exception {
    try (Child child = Child.calling(getClass(), "waitForever").java("-Xrs").start()) {
      child.expect("ready");
      signals.sending().send(child.pid(), Signal.of(signal));
      assertEquals(end, child.end());
      assertEquals("(end of output)", child.line()); // no hook
    }
  }

  static void waitForever(String[] arguments) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    System.out.println("ready");
    Thread.sleep(Long.MAX_VALUE);
  }

  /** A program that is notified chooses its status itself; its hooks run. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void chosenStatus(String signal) throws Exception {
    try (Child child = Child.calling(getClass(), "exitWhenNotified").start(signal)) {
      child.expect("ready");
      signals.sending().send(child.pid(), Signal.of(signal));
      child.expect("hook");
      assertEquals("exited 42", child.end());
    }
  }

  static void exitWhenNotified(String[] arguments) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.of(arguments[0]));
      System.out.println("ready");
      Await.event(channel);
      System.exit(42);
    }
  }

  /** A true death by signal, from the JVM's default and when notified. */
  @ParameterizedTest
  @CsvSource({
    "INT, signaled 2",
    "TERM, signaled 15",
    "HUP, signaled 1",
    "USR1, signaled 10",
    "RTMIN+3, signaled 37",
    "KILL, signaled 9",
    "QUIT, signaled 3"
  })
  void dieIsDeathBySignal(String signal, String end) throws Exception {
    try (Child child = Child.calling(getClass(), "die").start(signal)) {
      assertEquals(end, child.end(), child::errors);
      assertEquals("(end of output)", child.line()); // no hook
    }
  }

  /** Where the default action is not death, and with the signal blocked or ignored before. */
  @Test
  void dieEndsTheProcessInAnyCase() throws Exception {
    assertEquals("exited 156", endOf(Child.calling(getClass(), "die"), "WINCH"));
    assertEquals("exited 145", endOf(Child.calling(getClass(), "die"), "CHLD"));
    assertEquals("exited 148", endOf(Child.calling(getClass(), "die"), "TSTP"));
    assertEquals(
        "signaled 15", endOf(Child.calling(getClass(), "die").ignoring(Signal.TERM), "TERM"));
    assertEquals(
        "signaled 10", endOf(Child.calling(getClass(), "die").blocking(Signal.USR1), "USR1"));
  }

  private static String endOf(Child.Options options, Object... arguments) throws Exception {
    try (Child child = options.start(arguments)) {
      return child.end();
    }
  }

  static void die(String[] arguments) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    Signal signal = Signal.of(arguments[0]);
    if (Signals.process().receivable().contains(signal)) {
      try (SignalNotifier signals = Child.takingOver()) {
        signals.register(SignalChannel.coalescing(), signal);
        signals.die(signal);
      }
    }
    Signals.process().die(signal);
  }

  /** The kernel spares the first process of a container the signals that it does not handle. */
  @ParameterizedTest
  @CsvSource({"INT, exited 130", "TERM, exited 143", "HUP, exited 129"})
  void dieAsPid1(String signal, String end) throws Exception {
    assumeTrue(mayUnshare(), "may not create pid namespaces");
    Child.Options options =
        Child.calling(getClass(), "die").under("unshare", "--pid", "--fork", "--kill-child");
    try (Child child = options.start(signal)) {
      assertEquals(1, child.pid());
      assertEquals(end, child.end(), child::errors);
    }
  }

  private static boolean mayUnshare() throws Exception {
    return Tools.await(new ProcessBuilder("unshare", "--pid", "--fork", "true").start()) == 0;
  }
}
