package example.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/** A test with the extension, and a test of the extension. */
@ExtendWith(RealSignals.class)
class RealSignalsTest {
  @Test
  void hupReloads(SignalNotifier signals) throws InterruptedException {
    BlockingQueue<SignalEvent> received = new ArrayBlockingQueue<>(1);
    signals.subscribe(received::add, Signal.HUP); // the extension ends it
    signals.raise(Signal.HUP);
    SignalEvent event = received.poll(1, TimeUnit.MINUTES);
    assertNotNull(event);
    assertEquals(ProcessHandle.current().pid(), event.sender().orElseThrow().pid());
  }

  /** Run by the next test alone. */
  @ExtendWith(RealSignals.class)
  static final class Careless {
    static Registration left;

    @Test
    void leavesItsRegistration() {
      left = Signals.subscribe(event -> {}, Signal.USR1);
    }
  }

  @Test
  void leftoversFailTheTest() {
    Event failure =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(Careless.class))
            .execute()
            .testEvents()
            .failed()
            .stream()
            .findAny()
            .orElseThrow();
    Careless.left.close();
    String why = failure.getPayload().orElseThrow().toString();
    assertTrue(why.contains("left signals behind: [SIGUSR1: it is received]"), why);
  }
}
