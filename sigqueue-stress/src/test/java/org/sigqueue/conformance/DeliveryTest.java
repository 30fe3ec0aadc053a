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
import org.junit.jupiter.params.provider.EnumSource;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.Signals;
import org.sigqueue.Subscription;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.VirtualSignalSource;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.ParkingStrategies;

/** How the kernel brings signals to the receiver is chosen per notifier and per signal. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class DeliveryTest {
  private static final Signal REAL_TIME = Signal.rtMin(4);

  @Test
  void realTimeSignalsAreExclusiveAndOthersComeByTheHandler() {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, Signal.USR1, REAL_TIME);
      assertEquals(Delivery.HANDLER, signals.status(Signal.USR1).delivery());
      SignalStatus status = signals.status(REAL_TIME);
      assertEquals(Delivery.EXCLUSIVE, status.delivery());
      assertEquals(SignalStatus.Kind.CATCHABLE, status.kind());
    }
    assertEquals(Delivery.HANDLER, Signals.status(REAL_TIME).delivery());
  }

  @ParameterizedTest
  @EnumSource(Delivery.class)
  void everythingArrivesInEveryMode(Delivery delivery) throws Exception {
    int rounds = 1_000;
    try (SignalNotifier signals = SignalNotifier.builder().delivery(delivery).build();
        SignalChannel channel = SignalChannel.queueing(16)) {
      signals.notify(channel, Signal.USR1, Signal.WINCH);
      assertEquals(delivery, signals.status(Signal.WINCH).delivery());
      for (int round = 0; round < rounds; round++) {
        signals.raise(round % 2 == 0 ? Signal.USR1 : Signal.WINCH);
        assertEquals(round % 2 == 0 ? Signal.USR1 : Signal.WINCH, Await.event(channel).signal());
      }
      signals.stop(channel);
      assertEquals(new DeliveryStats(rounds, 0, 0), channel.stats());
    }
  }

  @Test
  void oneSignalHasAnotherModeThanTheRest() {
    try (SignalNotifier signals =
            SignalNotifier.builder()
                .delivery(Delivery.STEERED)
                .delivery(Delivery.EXCLUSIVE, Signal.USR1)
                .build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, Signal.USR1, Signal.WINCH);
      assertEquals(Delivery.EXCLUSIVE, signals.status(Signal.USR1).delivery());
      assertEquals(Delivery.STEERED, signals.status(Signal.WINCH).delivery());
    }
  }

  @Test
  void modeOfASignalInUseStays() {
    try (SignalNotifier first = SignalNotifier.builder().delivery(Delivery.EXCLUSIVE).build();
        SignalNotifier second = SignalNotifier.builder().delivery(Delivery.HANDLER).build();
        SignalNotifier any = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing();
        SignalChannel other = SignalChannel.coalescing()) {
      first.notify(channel, Signal.USR1);
      assertThrows(IllegalStateException.class, () -> second.notify(other, Signal.USR1));
      any.notify(other, Signal.USR1);
      first.stop(channel);
      assertEquals(Delivery.EXCLUSIVE, any.status(Signal.USR1).delivery());
      any.stop(other);
      second.notify(other, Signal.USR1);
      assertEquals(Delivery.HANDLER, any.status(Signal.USR1).delivery());
    }
  }

  @Test
  void whatIsPendingWhenStopIsCalledIsDelivered() throws Exception {
    int burst = 5_000;
    AtomicLong delivered = new AtomicLong();
    try (SignalNotifier signals = SignalNotifier.builder().build()) {
      Subscription subscription =
          signals.subscribeInline(event -> delivered.incrementAndGet(), REAL_TIME);
      for (int value = 0; value < burst; value++) {
        signals.send(ProcessHandle.current().pid(), REAL_TIME, value);
      }
      subscription.close();
      assertEquals(burst, delivered.get());
    }
  }

  @Test
  void callbackMayStopAnExclusiveSignal() throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing();
        SignalChannel seen = SignalChannel.coalescing()) {
      signals.notify(channel, REAL_TIME);
      signals.notify(seen, Signal.USR1);
      Subscription stops = signals.subscribeInline(event -> signals.stop(channel), Signal.USR1);
      signals.raise(Signal.USR1);
      assertEquals(Signal.USR1, Await.event(seen).signal());
      stops.close();
      assertEquals(Delivery.HANDLER, signals.status(REAL_TIME).delivery());
    }
  }

  @Test
  void modeThatTheParkingStrategyCannotHaveIsRefusedAndTheUsualOneIsNotMissed() throws Exception {
    try (SignalNotifier signals =
            SignalNotifier.builder()
                .parking(ParkingStrategies.SPIN)
                .delivery(Delivery.EXCLUSIVE, Signal.USR1)
                .build();
        SignalChannel channel = SignalChannel.coalescing()) {
      UnsupportedSignalException refusal =
          assertThrows(
              UnsupportedSignalException.class, () -> signals.notify(channel, Signal.USR1));
      assertEquals(Reason.REFUSED_BY_SYSTEM, refusal.reason());
      assertTrue(refusal.getMessage().contains("adaptive"), refusal.getMessage());
      signals.notify(channel, REAL_TIME);
      assertEquals(Delivery.HANDLER, signals.status(REAL_TIME).delivery());
      signals.raise(REAL_TIME);
      assertEquals(REAL_TIME, Await.event(channel).signal());
    }
  }

  @Test
  void quitIsNotTakenAwayFromTheVm() {
    try (SignalNotifier signals =
            SignalNotifier.builder().receiveQuit().delivery(Delivery.EXCLUSIVE).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      assertThrows(UnsupportedSignalException.class, () -> signals.notify(channel, Signal.QUIT));
    }
  }

  @Test
  void signalsThatTheModesUseThemselvesAreNotCatchable() {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.notify(channel, REAL_TIME);
      Signal own = Signal.of(63);
      assertFalse(signals.catchable().contains(own.number()));
      UnsupportedSignalException refusal =
          assertThrows(UnsupportedSignalException.class, () -> signals.notify(channel, own));
      assertEquals(Reason.NOT_SUPPORTED_BY_SOURCE, refusal.reason());
      assertTrue(refusal.getMessage().contains("org.sigqueue.private-signals"));
    }
  }

  @Test
  void otherSourcesHaveTheHandlerOnly() {
    try (SignalNotifier signals =
            SignalNotifier.builder()
                .source(new VirtualSignalSource())
                .delivery(Delivery.EXCLUSIVE)
                .build();
        SignalChannel channel = SignalChannel.coalescing()) {
      assertThrows(UnsupportedSignalException.class, () -> signals.notify(channel, Signal.USR1));
    }
  }
}
