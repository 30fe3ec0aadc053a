package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.UnsupportedSignalException;

/**
 * Defects of Go's {@code os/signal} of today, found by reading it, that must not be here. Where an
 * order of events matters, the dispatcher is held, so that all that is accepted is on its way.
 */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class LatentDefectsTest {
  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();

  @AfterEach
  void close() {
    signals.close();
  }

  /** A test that holds the dispatcher by an inline handler. */
  private interface Trial {
    void run() throws Exception;
  }

  /**
   * Runs a trial until it was fast enough. Stop waits for a second at most while an inline handler
   * keeps the dispatcher, which is how these tests hold it; what a busy machine makes of a trial
   * that took longer proves nothing.
   */
  private static void inTime(Trial trial) throws Exception {
    for (int i = 0; ; i++) {
      long start = System.nanoTime();
      try {
        trial.run();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1) || i == 30) {
          throw e;
        }
      }
    }
  }

  @Test
  @DisplayName("a. Of two concurrent Stops, the second may not return while signals can arrive")
  void concurrentStopsBothWait() throws Exception {
    inTime(this::stopTwice);
  }

  private void stopTwice() throws Exception {
    SignalChannel channel = SignalChannel.queueing(16);
    signals.register(channel, Signal.USR1);
    try (Gate gate = Gate.shut(signals)) {
      raiseAndAwaitAccepted(Signal.USR1);
      List<FutureTask<Long>> stops = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        FutureTask<Long> stop =
            new FutureTask<>(() -> {
              signals.stop(channel);
              return channel.stats().accepted();
            });
        stops.add(stop);
        awaitWaiting(start(stop)); // so it does not return before, and does not spin
      }
      gate.open();
      for (FutureTask<Long> stop : stops) {
        assertEquals(1, Await.result(stop));
      }
    }
    SignalEvent event = channel.poll();
    assertNotNull(event);
    assertEquals(Signal.USR1, event.signal());
    channel.close();
  }

  private static Thread start(FutureTask<?> task) {
    Thread thread = new Thread(task);
    thread.start();
    return thread;
  }

  private static void awaitWaiting(Thread thread) {
    Await.until(
        "the thread waits",
        () ->
            switch (thread.getState()) {
              case WAITING, TIMED_WAITING -> true;
              case TERMINATED -> throw new AssertionError("it did not wait");
              default -> false;
            });
  }

  @Test
  @DisplayName("a. The same, with threads that race")
  void concurrentStopsRace() throws Exception {
    for (int i = 0; i < 200; i++) {
      SignalChannel channel = SignalChannel.coalescing();
      signals.register(channel, Signal.URG);
      CyclicBarrier start = new CyclicBarrier(3);
      List<FutureTask<Long>> stops = new ArrayList<>();
      for (int j = 0; j < 2; j++) {
        FutureTask<Long> stop =
            new FutureTask<>(() -> {
              Await.meet(start);
              signals.stop(channel);
              return channel.stats().accepted();
            });
        new Thread(stop).start();
        stops.add(stop);
      }
      Await.meet(start);
      signals.raise(Signal.URG);
      long first = Await.result(stops.get(0));
      long second = Await.result(stops.get(1));
      try (Marker marker = new Marker()) {
        marker.pass();
      }
      assertEquals(channel.stats().accepted(), first);
      assertEquals(channel.stats().accepted(), second);
    }
  }

  @Test
  @DisplayName("b. Notify of a channel that is being stopped may not deliver a signal twice")
  void notifyDuringStopDeliversOnce() throws Exception {
    inTime(this::notifyDuringStop);
  }

  private void notifyDuringStop() throws Exception {
    SignalChannel channel = SignalChannel.queueing(16);
    signals.register(channel, Signal.USR1);
    try (Gate gate = Gate.shut(signals)) {
      raiseAndAwaitAccepted(Signal.USR1);
      FutureTask<Void> stop = new FutureTask<>(() -> signals.stop(channel), null);
      awaitWaiting(start(stop));
      // Notify waits until Stop knows where it ends.
      FutureTask<Void> again = new FutureTask<>(() -> signals.register(channel, Signal.USR1), null);
      awaitWaiting(start(again));
      gate.open();
      Await.result(stop);
      Await.result(again);
    }
    raiseAndAwaitAccepted(Signal.USR1);
    SignalEvent first = Await.event(channel);
    SignalEvent second = Await.event(channel);
    assertTrue(first.sequence() < second.sequence());
    signals.stop(channel);
    assertNull(channel.poll());
    assertEquals(2, channel.stats().accepted());
    channel.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("c. Reset and Ignore may not drop a signal that was accepted")
  void resetAndIgnoreDeliverWhatWasAccepted(boolean ignore) throws Exception {
    inTime(() -> endForAll(ignore));
  }

  private void endForAll(boolean ignore) throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    signals.register(channel, Signal.USR1);
    try (Gate gate = Gate.shut(signals)) {
      raiseAndAwaitAccepted(Signal.USR1);
      FutureTask<SignalEvent> end =
          new FutureTask<>(() -> {
            if (ignore) {
              signals.ignore(Signal.USR1);
            } else {
              signals.reset(Signal.USR1);
            }
            return channel.poll();
          });
      awaitWaiting(start(end));
      gate.open();
      assertNotNull(Await.result(end), "what was accepted is there on return");
    }
    assertEquals(ignore, signals.ignored(Signal.USR1));
    signals.reset(Signal.USR1);
  }

  @Test
  @DisplayName("d. Stop may not be starved by a storm of another signal, nor burn the CPU")
  void stopIsNotStarvedByAnotherSignal() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (SignalChannel storm = SignalChannel.coalescing()) {
      signals.register(storm, Signal.URG);
      Thread[] senders = new Thread[2];
      for (int i = 0; i < senders.length; i++) {
        senders[i] =
            new Thread(() -> {
              while (!done.get()) {
                signals.raise(Signal.URG);
              }
            });
        senders[i].start();
      }
      Await.until("some are accepted", () -> storm.stats().accepted() > 0);
      for (int i = 0; i < 50; i++) {
        SignalChannel channel = SignalChannel.coalescing();
        signals.register(channel, Signal.WINCH);
        FutureTask<Void> stop = new FutureTask<>(() -> signals.stop(channel), null);
        new Thread(stop).start();
        Await.result(stop);
      }
      done.set(true);
      for (Thread sender : senders) {
        sender.join(TimeUnit.SECONDS.toMillis(Tools.DEADLINE_SECONDS));
      }
    }
    // That Stop sleeps while it waits is seen in concurrentStopsBothWait.
  }

  @Test
  @DisplayName("e. A number that is no signal may not upset Reset of the first and the last signal")
  void invalidSignalsAreRefused() throws Exception {
    // Those that numbers out of range would be taken for, as shifts are modulo 64.
    Signal[] edges = {Signal.HUP, Signal.of(64)};
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, edges);
      for (int number : new int[] {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE}) {
        assertThrows(IllegalArgumentException.class, () -> Signal.of(number));
      }
      assertThrows(IllegalArgumentException.class, () -> signals.reset());
      for (Signal never : List.of(Signal.KILL, Signal.STOP, Signal.of(32), Signal.of(33))) {
        assertThrows(UnsupportedSignalException.class, () -> signals.ignore(never));
        assertThrows(UnsupportedSignalException.class, () -> signals.register(channel, never));
      }
      for (Signal edge : edges) {
        signals.raise(edge);
        assertEquals(edge, Await.event(channel).signal());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 19, 32, 33})
  @DisplayName("e. Reset of a signal that cannot be received puts nothing back")
  void resetOfWhatCannotBeReceivedDoesNothing(int never) throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      assertDoesNotThrow(() -> signals.reset(Signal.of(never)));
      signals.raise(Signal.USR1);
      assertEquals(Signal.USR1, Await.event(channel).signal());
    }
  }

  @Test
  @DisplayName("f. Ignored tells the truth after Notify and Stop under nohup")
  void ignoredIsTheDispositionOfTheSystem() throws Exception {
    try (Child child = Child.calling(getClass(), "notifyAndStopHup").under("nohup").start()) {
      child.expect("before: true");
      child.expect("notified: false");
      child.expect("stopped: true");
      child.expect("reset: true");
      assertEquals("exited 0", child.end());
    }
  }

  static void notifyAndStopHup(String[] arguments) {
    try (SignalNotifier signals = Child.takingOver();
        SignalChannel channel = SignalChannel.coalescing()) {
      System.out.println("before: " + signals.ignored(Signal.HUP));
      signals.register(channel, Signal.HUP);
      System.out.println("notified: " + signals.ignored(Signal.HUP));
      signals.stop(channel);
      System.out.println("stopped: " + signals.ignored(Signal.HUP));
      // Ignored by us, taken, stopped: what was before us is back.
      signals.ignore(Signal.HUP);
      signals.register(channel, Signal.HUP);
      signals.stop(channel);
      System.out.println("reset: " + signals.ignored(Signal.HUP));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stop", "reset"})
  @DisplayName("g. TSTP, TTIN and TTOU stop the process again after Stop and after Reset")
  void terminalStopsWorkAgain(String how) throws Exception {
    try (Child child = Child.calling(getClass(), "takeAndGiveBackStops").start(how)) {
      child.expect("received SIGTSTP");
      child.expect("received SIGTTIN");
      child.expect("received SIGTTOU");
      for (Signal signal : List.of(Signal.TSTP, Signal.TTIN, Signal.TTOU)) {
        // The helper continues it.
        child.say("raise " + signal.name());
        child.expect("went on");
      }
      assertEquals("stopped 20, stopped 21, stopped 22, exited 0", child.end());
    }
  }

  static void takeAndGiveBackStops(String[] arguments) throws Exception {
    Signal[] stops = {Signal.TSTP, Signal.TTIN, Signal.TTOU};
    try (SignalNotifier signals = Child.takingOver();
        SignalChannel channel = SignalChannel.queueing(16);
        SignalChannel continued = SignalChannel.queueing(16)) {
      signals.register(continued, Signal.CONT);
      for (Signal stop : stops) {
        signals.register(channel, stop);
        signals.raise(stop);
        System.out.println("received " + Await.event(channel).signal());
      }
      if (arguments[0].equals("stop")) {
        signals.stop(channel);
      } else {
        signals.reset(stops);
      }
      var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String order; (order = orders.readLine()) != null; ) {
        signals.raise(Signal.of(order.substring("raise ".length())));
        Await.event(continued);
        System.out.println("went on");
      }
    }
  }

  @Test
  @DisplayName("h. No lock is held while signals are delivered")
  void nothingWaitsForTheDeliveryToOthers() throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    try (Gate gate = Gate.shut(signals)) {
      FutureTask<Void> others =
          new FutureTask<>(
              () -> {
                signals.register(channel, Signal.USR1, Signal.WINCH);
                assertFalse(signals.ignored(Signal.USR1));
                assertEquals(SignalStatus.Kind.CATCHABLE, signals.status(Signal.USR1).kind());
                assertEquals(0, channel.stats().accepted());
                signals.stats();
                signals.ignore(Signal.URG); // nobody wants it, so nothing is to be delivered
                signals.reset(Signal.URG);
              },
              null);
      new Thread(others).start();
      Await.result(others);
      gate.open();
    }
    channel.close();
  }

  @Test
  @DisplayName("h. Who is registered first is served first, of however many")
  void orderOfDeliveryIsThatOfRegistration() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<Integer> expected = new ArrayList<>();
    List<Registration> subscriptions = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      expected.add(number);
      subscriptions.add(signals.subscribeInline(event -> order.add(number), Signal.WINCH));
      // Those of another signal cost this one nothing: they are not in its list.
      subscriptions.add(signals.subscribeInline(event -> order.add(-1), Signal.USR1));
    }
    for (int i = 0; i < 20; i++) {
      order.clear();
      signals.raise(Signal.WINCH);
      Await.until("all are served", () -> order.size() >= 100);
      assertEquals(expected, order);
    }
    subscriptions.forEach(Registration::close);
  }

  private void raiseAndAwaitAccepted(Signal signal) {
    long before = signals.stats().accepted(signal);
    signals.raise(signal);
    Await.until("signal is accepted", () -> signals.stats().accepted(signal) == before + 1);
  }
}
