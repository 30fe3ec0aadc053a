package org.sigqueue.conformance.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;

/**
 * A library that edits lines on a terminal, as JLine does: it sets handlers of INT and WINCH
 * through {@code sun.misc.Signal} around each read. Each in a child.
 */
@Timeout(120)
class ReaderTest {
  private static final List<Signal> SIGNALS = List.of(Signal.INT, Signal.WINCH);

  private static final Semaphore CALLS = new Semaphore(0);

  private static void awaitReader() throws InterruptedException {
    assertTrue(CALLS.tryAcquire(60, TimeUnit.SECONDS), "the reader's handler is called");
  }

  /** JLine 3.29 leaves the default of the system behind, and INT would kill the JVM. */
  @Test
  void signalsThatAReaderHasLeftAtTheDefaultAreTakenBackByRegistering() throws Exception {
    try (Child child = Child.calling(getClass(), "readAndForget").start()) {
      child.expect("read by itself");
      child.expect("told of both");
      child.expect("received SIGINT and SIGWINCH");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void readAndForget(String[] arguments) throws Exception {
    Set<Signal> told = ConcurrentHashMap.newKeySet();
    SignalNotifier signals =
        Signals.configure(SignalNotifier.builder().takeOverIgnored().onDisplaced(told::add));
    try (SignalChannel channel = SignalChannel.queueing(16)) {
      signals.register(channel, SIGNALS);
      for (Signal signal : SIGNALS) {
        JdkHandler.handle(signal.name(), JdkHandler.of(CALLS::release));
        signals.raise(signal);
        awaitReader();
      }
      assertEquals(0, channel.stats().accepted());
      System.out.println("read by itself");
      for (Signal signal : SIGNALS) {
        JdkHandler.handle(signal.name(), JdkHandler.DEFAULT);
        assertEquals(Kind.DISPLACED, signals.status(signal).kind());
      }
      Await.until("both are told", () -> told.containsAll(SIGNALS));
      System.out.println("told of both");
      assertReceives(signals, channel);
    }
  }

  /** The next registration takes the signals back for all that are registered. */
  private static void assertReceives(SignalNotifier signals, SignalChannel channel)
      throws Exception {
    try (SignalChannel another = SignalChannel.coalescing()) {
      signals.register(another, SIGNALS);
      for (Signal signal : SIGNALS) {
        signals.raise(signal);
        assertEquals(signal, Await.event(another).signal());
        assertEquals(signal, Await.event(channel).signal());
      }
    }
    System.out.println("received SIGINT and SIGWINCH");
  }

  /** A reader that puts back what it has found gives the signals back, with their details. */
  @Test
  void signalsThatAReaderHasPutBackAreReceivedWithTheirDetails() throws Exception {
    try (Child child = Child.calling(getClass(), "readAndPutBack").start()) {
      child.expect("put back");
      child.expect("received SIGINT and SIGWINCH");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void readAndPutBack(String[] arguments) throws Exception {
    long pid = ProcessHandle.current().pid();
    SignalNotifier signals = Signals.configure(SignalNotifier.builder().takeOverIgnored());
    try (SignalChannel channel = SignalChannel.queueing(16)) {
      signals.register(channel, SIGNALS);
      for (int round = 0; round < 10; round++) {
        for (Signal signal : SIGNALS) {
          Object before = JdkHandler.handle(signal.name(), JdkHandler.of(CALLS::release));
          signals.raise(signal);
          awaitReader();
          JdkHandler.handle(signal.name(), before);
          signals.raise(signal);
          SignalEvent event = Await.event(channel);
          assertEquals(signal, event.signal());
          // Whatever is said of it is true.
          event.sender().ifPresent(sender -> assertEquals(pid, sender.pid(), event::toString));
          assertTrue(
              event.cause() == SignalEvent.Cause.USER || event.cause() == SignalEvent.Cause.UNKNOWN,
              event::toString);
        }
      }
      System.out.println("put back");
      assertReceives(signals, channel);
    }
  }
}
