package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.testing.VirtualSignalSource;

/** Signals come by the handler, and exclusively where a notifier has asked for that. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class DeliveryTest {
  private static final Signal REAL_TIME = Signal.rtMin(4);

  private static SignalNotifier exclusive(Signal... signals) {
    return SignalNotifier.builder().exclusive(signals).build();
  }

  @Test
  void allSignalsComeByTheHandlerUnlessTheyAreExclusive() {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1, REAL_TIME);
      assertFalse(signals.status(Signal.USR1).exclusive());
      assertFalse(signals.status(REAL_TIME).exclusive());
    }
  }

  @Test
  void exclusiveSignalIsSoWhileItIsRegistered() {
    try (SignalNotifier signals = exclusive(REAL_TIME);
        SignalChannel channel = SignalChannel.coalescing()) {
      assertFalse(signals.status(REAL_TIME).exclusive());
      signals.register(channel, Signal.USR1, REAL_TIME);
      assertFalse(signals.status(Signal.USR1).exclusive());
      SignalStatus status = signals.status(REAL_TIME);
      assertTrue(status.exclusive());
      assertEquals(SignalStatus.Kind.CATCHABLE, status.kind());
    }
    assertFalse(Signals.process().status(REAL_TIME).exclusive());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everythingArrivesBothWays(boolean exclusive) throws Exception {
    int rounds = 1_000;
    Signal[] signs = {Signal.USR1, Signal.WINCH};
    try (SignalNotifier signals = exclusive ? exclusive(signs) : exclusive();
        SignalChannel channel = SignalChannel.queueing(16)) {
      signals.register(channel, signs);
      assertEquals(exclusive, signals.status(Signal.WINCH).exclusive());
      for (int round = 0; round < rounds; round++) {
        signals.raise(signs[round % 2]);
        assertEquals(signs[round % 2], Await.event(channel).signal());
      }
      signals.stop(channel);
      assertEquals(new DeliveryStats(rounds, 0, 0), channel.stats());
    }
  }

  @Test
  void signalBecomesExclusiveWithTheFirstNotifierThatAsksAndStaysSoUntilTheLastEnds() {
    try (SignalNotifier any = SignalNotifier.builder().build();
        SignalNotifier asking = exclusive(Signal.USR1);
        SignalChannel channel = SignalChannel.coalescing();
        SignalChannel other = SignalChannel.coalescing()) {
      any.register(channel, Signal.USR1);
      assertFalse(any.status(Signal.USR1).exclusive());
      asking.register(other, Signal.USR1);
      assertTrue(any.status(Signal.USR1).exclusive());
      asking.stop(other);
      assertTrue(any.status(Signal.USR1).exclusive());
      any.stop(channel);
      assertFalse(any.status(Signal.USR1).exclusive());
      any.register(channel, Signal.USR1);
      assertFalse(any.status(Signal.USR1).exclusive());
    }
  }

  @Test
  void signalsThatArePendingWhenStopIsCalledAreDelivered() {
    int burst = 5_000;
    AtomicLong delivered = new AtomicLong();
    try (SignalNotifier signals = exclusive(REAL_TIME)) {
      Registration registration =
          signals.subscribeInline(event -> delivered.addAndGet(event.count()), REAL_TIME);
      for (int value = 0; value < burst; value++) {
        signals.sending().send(ProcessHandle.current().pid(), REAL_TIME, value);
      }
      registration.close();
      assertEquals(burst, delivered.get());
    }
  }

  @Test
  void callbackMayStopAnExclusiveSignal() throws Exception {
    try (SignalNotifier signals = exclusive(REAL_TIME);
        SignalChannel channel = SignalChannel.coalescing();
        SignalChannel seen = SignalChannel.coalescing()) {
      signals.register(channel, REAL_TIME);
      signals.register(seen, Signal.USR1);
      Registration stops = signals.subscribeInline(event -> signals.stop(channel), Signal.USR1);
      signals.raise(Signal.USR1);
      assertEquals(Signal.USR1, Await.event(seen).signal());
      stops.close();
      assertFalse(signals.status(REAL_TIME).exclusive());
    }
  }

  // ---- Where it cannot be, signals come by the handler, and the log says why

  @Test
  void receiverThatDoesNotWaitInTheKernelGetsThemByTheHandler() throws Exception {
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier signals =
            SignalNotifier.builder()
                .parking(ParkingStrategies.SPIN)
                .exclusive(Signal.USR1)
                .build()) {
      assertComesByTheHandler(signals, Signal.USR1);
      errors.await("[SIGUSR1] come by the handler, not exclusively: ");
      errors.await("'adaptive' or 'sigwait'");
    }
  }

  @Test
  void virtualSourceHasOneWayOnly() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier signals =
            SignalNotifier.builder().source(source).exclusive(Signal.USR1).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      assertFalse(signals.status(Signal.USR1).exclusive());
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, Await.event(channel).signal());
    }
  }

  /** The VM and jcmd depend on QUIT. */
  @Test
  void quitIsNotTakenAwayFromTheVm() {
    try (CapturedErrors errors = CapturedErrors.start();
        SignalNotifier signals =
            SignalNotifier.builder().receiveQuit().exclusive(Signal.QUIT).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.QUIT);
      assertFalse(signals.status(Signal.QUIT).exclusive());
      errors.await("[SIGQUIT] come by the handler, not exclusively: ");
    }
  }

  private static void assertComesByTheHandler(SignalNotifier signals, Signal signal)
      throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, signal);
      assertFalse(signals.status(signal).exclusive());
      signals.raise(signal);
      assertEquals(signal, Await.event(channel).signal());
    }
  }

  /** The order of a burst is not promised then, which a queueing channel may be meant for. */
  @Test
  void queueingChannelThatGetsRealTimeSignalsByTheHandlerIsTold() throws Exception {
    try (Child child = Child.calling(getClass(), "queueByTheHandler").start()) {
      child.expectStart("it is received");
      String told = "order";
      child.awaitError(told);
      assertEquals("exited 0", child.end(), child::errors);
      assertEquals(child.errors().indexOf(told), child.errors().lastIndexOf(told), child::errors);
    }
  }

  static void queueByTheHandler(String[] arguments) throws Exception {
    for (int i = 0; i < 3; i++) {
      try (SignalChannel channel = SignalChannel.queueing(16)) {
        Signals.notify(channel, REAL_TIME);
        Signals.raise(REAL_TIME);
        Await.event(channel);
        if (i == 2) {
          System.out.println(Signals.process().status(REAL_TIME).explanation());
          Child.awaitWord();
        }
      }
    }
  }

  // ---- The signals that exclusive delivery uses itself

  @Test
  void privateSignalsAreNotReceivableMeanwhileAndAgainAfterwards() throws Exception {
    Signal own = Signal.of(63);
    try (SignalNotifier signals = exclusive(REAL_TIME);
        SignalChannel channel = SignalChannel.coalescing()) {
      assertTrue(signals.receivable().contains(own));
      signals.register(channel, REAL_TIME);
      assertFalse(signals.receivable().contains(own));
      UnsupportedSignalException refusal =
          assertThrows(UnsupportedSignalException.class, () -> signals.register(channel, own));
      assertEquals(Reason.NOT_SUPPORTED_BY_SOURCE, refusal.reason());
      assertTrue(refusal.getMessage().contains("org.sigqueue.private-signals"));
      signals.stop(channel);
      Await.until("they are given back", () -> signals.receivable().contains(own));
      assertComesByTheHandler(signals, own);
    }
  }
}
