package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.Tools;
import org.sigqueue.core.park.ParkingStrategies;

/** Once nothing is registered nothing is left: no thread, descriptor, handler, mask or signal. */
@Timeout(240)
class LastCloseTest {
  @ParameterizedTest
  @ValueSource(strings = {"adaptive", "futex", "eventfd", "sigwait", "spin", "yield"})
  void nothingIsLeftAfterTheLastClose(String parking) throws Exception {
    try (Child child = Child.calling(getClass(), "useAndClose").start(parking)) {
      child.expect("nothing is left");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void useAndClose(String[] arguments) throws Exception {
    assertEquals(0, Tools.await(new ProcessBuilder("true").start())); // which changes CHLD
    Signal exclusive = Signal.rtMin(3);
    SignalNotifier.Builder options =
        SignalNotifier.builder().parking(ParkingStrategies.byName(arguments[0]));
    if (arguments[0].matches("adaptive|sigwait")) {
      options.exclusive(exclusive);
    }
    SignalNotifier signals = Signals.configure(options); // which nobody can close
    useAndClose(signals, exclusive); // opens what is opened once: the library, the log
    Footprint before = Footprint.ofNothing();
    for (int i = 0; i < 20; i++) {
      useAndClose(signals, exclusive);
    }
    before.awaitSame();
    System.out.println("nothing is left");
  }

  private static void useAndClose(SignalNotifier signals, Signal exclusive) throws Exception {
    SignalChannel channel = SignalChannel.queueing(16);
    signals.register(channel, Signal.USR1, exclusive);
    Registration queued = signals.subscribe(event -> {}, Signal.WINCH);
    Registration inline = signals.subscribeInline(event -> {}, Signal.WINCH);
    SignalContext context = signals.notifyContext(Signal.WINCH);
    for (Signal signal : new Signal[] {Signal.USR1, exclusive, Signal.WINCH}) {
      signals.raise(signal);
    }
    Await.event(channel);
    Await.event(channel);
    context.await();
    context.close();
    queued.close(Duration.ofMinutes(1));
    inline.close();
    channel.close();
  }
}
