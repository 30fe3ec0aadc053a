package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.JavaThreads;
import org.sigqueue.conformance.LeavesNoTrace;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** One receiver at a time, whichever thread ends it and starts the next. */
@Timeout(240)
@ExtendWith(LeavesNoTrace.class)
class RebuildTest {
  private static SignalSource source(String name) {
    return name.equals("virtual") ? new VirtualSignalSource() : Signals.process().source();
  }

  /** HUP means: read the configuration, and build the notifier anew. */
  @ParameterizedTest
  @ValueSource(strings = {"virtual", "native"})
  void inlineHandlerMayReplaceItsNotifierAgainAndAgain(String name) throws Exception {
    SignalSource source = source(name);
    AtomicReference<@Nullable SignalNotifier> current = new AtomicReference<>();
    AtomicInteger rebuilt = new AtomicInteger();
    rebuild(source, current, rebuilt);
    for (int i = 1; i <= 100; i++) {
      int expected = i + 1;
      source.sender().kill(ProcessHandle.current().pid(), Signal.HUP.number());
      Await.until("it is rebuilt", () -> rebuilt.get() == expected);
      // That of another test may be about to end.
      Await.until("there is one", () -> JavaThreads.named("sigqueue-dispatcher").size() == 1);
    }
    SignalNotifier last = current.get();
    last.close();
    assertFalse(source.disposition(Signal.HUP.number()).ours());
  }

  private static void rebuild(
      SignalSource source,
      AtomicReference<@Nullable SignalNotifier> current,
      AtomicInteger rebuilt) {
    SignalNotifier next = SignalNotifier.builder().source(source).takeOverIgnored().build();
    SignalNotifier before = current.getAndSet(next);
    if (before != null) {
      before.close();
    }
    next.subscribeInline(event -> rebuild(source, current, rebuilt), Signal.HUP);
    rebuilt.incrementAndGet();
  }

  /** The handler ends the last registration, so that its thread is about to end, and registers. */
  @ParameterizedTest
  @ValueSource(strings = {"virtual", "native"})
  void inlineHandlerThatEndsTheLastRegistrationMayStartTheNext(String name) throws Exception {
    SignalSource source = source(name);
    try (SignalChannel channel = SignalChannel.queueing(16);
        SignalNotifier second = SignalNotifier.builder().source(source).takeOverIgnored().build()) {
      SignalNotifier first = SignalNotifier.builder().source(source).takeOverIgnored().build();
      AtomicBoolean registered = new AtomicBoolean();
      first.subscribeInline(
          event -> {
            first.close();
            second.register(channel, Signal.HUP);
            registered.set(true);
          },
          Signal.HUP);
      source.sender().kill(ProcessHandle.current().pid(), Signal.HUP.number());
      Await.until("the second is registered", registered::get);
      for (int i = 0; i < 3; i++) {
        source.sender().kill(ProcessHandle.current().pid(), Signal.HUP.number());
        assertEquals(Signal.HUP, Await.event(channel).signal());
      }
    }
    assertFalse(source.disposition(Signal.HUP.number()).ours());
  }

  // ---- A strategy that cannot be woken, or is not the one in use, is refused without a trace

  @Test
  void strategyThatNoHandlerCanWakeIsRefusedByTheBuilder() throws Exception {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> SignalNotifier.builder().parking(ParkingStrategies.PARK).build());
    assertTrue(refusal.getMessage().contains("park"), refusal.getMessage());
    try (SignalNotifier sound = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      sound.register(channel, Signal.USR1);
      sound.raise(Signal.USR1);
      assertEquals(Signal.USR1, Await.event(channel).signal());
    }
  }

  @Test
  void strategyIsChosenAnewOnceNothingIsRegistered() throws Exception {
    for (String name : new String[] {"futex", "eventfd", "spin", "futex"}) {
      try (SignalNotifier signals =
              SignalNotifier.builder().parking(ParkingStrategies.byName(name)).build();
          SignalChannel channel = SignalChannel.coalescing()) {
        signals.register(channel, Signal.USR1);
        assertThrows(
            IllegalStateException.class,
            () -> SignalNotifier.builder().parking(ParkingStrategies.YIELD).build());
        signals.raise(Signal.USR1);
        assertEquals(Signal.USR1, Await.event(channel).signal());
      }
    }
  }
}
