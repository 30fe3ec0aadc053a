package org.sigqueue.conformance.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.ChildChange;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.core.source.Disposition;

/** Other owners of a signal: those that come later are told of, those that were there are asked. */
@Timeout(120)
class OwnersTest {
  private static final long PID = ProcessHandle.current().pid();

  // ---- Somebody takes a signal

  /** An embedded interpreter, for example, takes INT when a module is loaded. */
  @Test
  void ownerThatTakesASignalIsToldOnceAndRegisteringTakesItBack() throws Exception {
    Child.Options options = Child.calling(getClass(), "takeBack").resident("handler 2");
    try (Child child = options.start()) {
      child.expect("received SIGINT");
      child.expect("resident handler");
      child.say("look");
      child.expect("DISPLACED its handler was replaced by one in libresident.so");
      child.expect("told of SIGINT");
      child.expect("CATCHABLE it is received");
      child.expect("received SIGINT");
      child.expect("resident handler"); // the last that was there before us
      child.awaitError("the handler of SIGINT was replaced by one in libresident.so");
      child.say("end");
      assertEquals("exited 0", child.end(), child::errors);
      String told = "the handler of SIGINT was replaced";
      assertEquals(child.errors().indexOf(told), child.errors().lastIndexOf(told), child::errors);
    }
  }

  static void takeBack(String[] arguments) throws Exception {
    List<Signal> told = Collections.synchronizedList(new ArrayList<>());
    SignalNotifier signals =
        Signals.configure(SignalNotifier.builder().takeOverIgnored().onDisplaced(told::add));
    SignalChannel channel = SignalChannel.queueing(16);
    Registration registration = signals.register(channel, Signal.INT);
    signals.raise(Signal.INT);
    System.out.println("received " + Await.event(channel).signal());
    Child.loadResident();
    Disposition theirs = signals.source().disposition(Signal.INT.number());
    signals.raise(Signal.INT);
    Child.awaitWord();
    for (int i = 0; i < 2; i++) { // told once, however often one looks
      signals.status(Signal.INT);
    }
    System.out.println(text(signals));
    Await.until("it is told", () -> !told.isEmpty());
    System.out.println("told of " + told.get(0));
    Registration again = signals.register(channel, Signal.INT);
    System.out.println(text(signals));
    signals.raise(Signal.INT);
    System.out.println("received " + Await.event(channel).signal());
    registration.close();
    again.close();
    assertEquals(theirs, signals.source().disposition(Signal.INT.number()));
    signals.raise(Signal.INT);
    assertEquals(List.of(Signal.INT), told);
    Child.awaitWord();
  }

  private static String text(SignalNotifier signals) {
    var status = signals.status(Signal.INT);
    return status.kind() + " " + status.explanation();
  }

  // ---- Somebody has a signal already

  /** A library waits for its own child by CHLD; the program wants to know of children as well. */
  @Test
  void observerHasTheHandlerThatWasThereDoItsWork() throws Exception {
    try (Child child = Neighbour.in(Child.calling(getClass(), "shareChildren")).start()) {
      child.expectStart("alone 1");
      child.expectStart("observed 2, exited with 0");
      child.expectStart("let go by the one who may decide 3");
      child.expectStart("handled by the one who may decide 3");
      child.expectStart("observed by one, handled by another 3");
      child.expectStart("taken 3");
      child.expectStart("alone again 4");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void shareChildren(String[] arguments) throws Exception {
    assertEquals(0, new ProcessBuilder("true").start().waitFor()); // which changes CHLD
    Neighbour.load();
    Neighbour.watchChildren();
    Neighbour.startChild();
    System.out.println("alone " + awaitReaped(1));
    SignalNotifier signals = Signals.process();
    try (SignalChannel seen = SignalChannel.queueing(64)) {
      List<ChildChange> changes = Collections.synchronizedList(new ArrayList<>());
      try (Registration observer =
          signals.observe(event -> changes.add(event.child().orElseThrow()), Signal.CHLD)) {
        int pid = Neighbour.startChild();
        awaitReaped(2);
        assertTrue(observer.close(Duration.ofMinutes(1)));
        assertEquals(pid, changes.get(0).pid());
        System.out.println(
            "observed " + Neighbour.reaped() + ", exited with " + changes.get(0).status());
      }
      for (boolean handles : new boolean[] {false, true}) {
        AtomicInteger asked = new AtomicInteger();
        try (Registration decider =
            signals.intercept(
                event -> {
                  asked.incrementAndGet();
                  return handles;
                },
                Signal.CHLD)) {
          Neighbour.startChild();
          Await.until("it is asked", () -> asked.get() == 1);
          assertTrue(decider.close(Duration.ofMinutes(1)));
          if (handles) {
            Neighbour.reap();
          } else {
            awaitReaped(3);
          }
          System.out.println(
              (handles ? "handled" : "let go")
                  + " by the one who may decide "
                  + Neighbour.reaped());
        }
      }
      try (Registration observer = signals.observe(event -> {}, Signal.CHLD)) {
        signals.register(seen, Signal.CHLD);
        Neighbour.startChild();
        Await.event(seen);
        Await.until("it is observed", () -> observer.stats().delivered() == 1);
        assertTrue(observer.close(Duration.ofMinutes(1)));
        Neighbour.reap();
        System.out.println("observed by one, handled by another " + Neighbour.reaped());
      }
      Neighbour.startChild();
      Await.event(seen);
      Neighbour.reap();
      System.out.println("taken " + Neighbour.reaped());
    }
    Neighbour.startChild();
    System.out.println("alone again " + awaitReaped(4));
  }

  private static int awaitReaped(int count) {
    Await.until(
        () -> "it reaps " + count + ", not " + Neighbour.reaped(),
        () -> Neighbour.reaped() == count);
    return Neighbour.reaped();
  }

  /** A handler that goes out of use because of us is worth a line. */
  @Test
  void takingASignalFromAnotherOwnerIsTold() throws Exception {
    Child.Options options =
        Child.calling(getClass(), "take")
            .resident("handler 10")
            .java("-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
    try (Child child = options.start()) {
      child.expect("received SIGUSR1");
      child.awaitError("SIGUSR1 is taken from the handler in libresident.so");
      child.say("end");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void take(String[] arguments) throws Exception {
    Child.loadResident();
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR1);
      Signals.raise(Signal.USR1);
      System.out.println("received " + Await.event(channel).signal());
      Child.awaitWord();
    }
  }

  // ---- The previous action follows

  @ParameterizedTest
  @CsvSource({
    "TERM, -Xshare:auto, hook, exited 143", "INT, -Xshare:auto, hook, exited 130",
    "TERM, -Xrs, (end of output), signaled 15", "USR1, -Xshare:auto, (end of output), signaled 10",
    "RTMIN+3, -Xshare:auto, (end of output), signaled 37",
  })
  void observerSeesTheSignalAndTheProcessEndsAsWithoutIt(
      String signal, String option, String next, String end) throws Exception {
    Child.Options options = Child.calling(getClass(), "observe").java(option);
    try (Child child = options.start(signal)) {
      child.expect("ready");
      Signals.send(child.pid(), Signal.of(signal));
      child.expectStart("observed " + Signal.of(signal) + " from pid " + PID + " (java) uid ");
      child.expect(next);
      assertEquals(end, child.end(), child::errors);
    }
  }

  static void observe(String[] arguments) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    Signals.observe(event -> System.out.println("observed " + event), Signal.of(arguments[0]));
    System.out.println("ready");
    Thread.sleep(Long.MAX_VALUE);
  }
}
