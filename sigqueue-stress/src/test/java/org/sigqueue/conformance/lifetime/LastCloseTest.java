package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalNotifier;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.Tools;
import org.sigqueue.core.park.ParkingStrategies;

/** Once nothing is registered nothing is left: no thread, descriptor, handler, mask or signal. */
@Timeout(240)
class LastCloseTest {
  private static final Signal EXCLUSIVE = Signal.rtMin(3);
  private static final int ROUNDS = 20;

  /** Strategies that hold descriptors, threads that spin, private signals: each is given back. */
  @Test
  void nothingIsLeftAfterTheLastClose() throws Exception {
    try (Child child = Child.calling(getClass(), "useAndClose").start()) {
      child.expect("nothing is left");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void useAndClose(String[] arguments) throws Exception {
    assertEquals(0, Tools.await(new ProcessBuilder("true").start())); // which changes CHLD
    useAndCloseEach(1); // opens what is opened once: the library, the log
    Footprint before = Footprint.ofNothing();
    useAndCloseEach(ROUNDS);
    before.awaitSame();
    System.out.println("nothing is left");
  }

  private static void useAndCloseEach(int rounds) throws Exception {
    for (String parking : List.of("adaptive", "futex", "eventfd", "sigwait", "spin", "yield")) {
      SignalNotifier.Builder options =
          SignalNotifier.builder().parking(ParkingStrategies.byName(parking));
      if (parking.equals("adaptive") || parking.equals("sigwait")) {
        options.exclusive(EXCLUSIVE);
      }
      SignalNotifier signals = options.build(); // not closed, as that of the process cannot be
      for (int i = 0; i < rounds; i++) {
        useAndClose(signals, EXCLUSIVE);
      }
    }
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
