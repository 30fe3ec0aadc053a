package example.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;

/** The meters, with real signals; real-time ones, of which the kernel merges none. */
@Timeout(120)
class SignalMetricsTest {
  private static final Signal SIGNAL = Signal.rtMin(3);
  private static final Signal OTHER = Signal.rtMin(4);
  private static final int SENT = 10;

  private final MeterRegistry registry = new SimpleMeterRegistry();

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).functionCounter().count();
  }

  private double count(String name, String channel, Signal signal) {
    return count(name, "channel", channel, "signal", signal.toString());
  }

  @Test
  void whatWasAcceptedIsDeliveredCoalescedOrDropped() {
    try (SignalNotifier notifier = SignalNotifier.builder().build();
        SignalChannel each = SignalChannel.queueing(4);
        SignalChannel last = SignalChannel.coalescing()) {
      SignalMetrics.ofProcess(notifier, SIGNAL, OTHER).bindTo(registry);
      SignalMetrics.ofChannel("each", each, SIGNAL, OTHER).bindTo(registry);
      SignalMetrics.ofChannel("last", last, SIGNAL).bindTo(registry);
      double before = count("signals.accepted", "signal", SIGNAL.toString());
      notifier.register(each, SIGNAL, OTHER);
      notifier.register(last, SIGNAL);
      for (int i = 0; i < SENT; i++) {
        notifier.raise(SIGNAL);
      }
      while (each.stats().accepted() < SENT || last.stats().accepted() < SENT) {
        Thread.onSpinWait();
      }
      assertEquals(SENT, count("signals.accepted", "signal", SIGNAL.toString()) - before);
      assertEquals(4, count("signals.delivered", "each", SIGNAL));
      assertEquals(0, count("signals.coalesced", "each", SIGNAL));
      assertEquals(6, count("signals.dropped", "each", SIGNAL));
      assertEquals(1, count("signals.delivered", "last", SIGNAL));
      assertEquals(9, count("signals.coalesced", "last", SIGNAL));
      assertEquals(0, count("signals.dropped", "last", SIGNAL));
      assertEquals(0, count("signals.delivered", "each", OTHER));
    }
  }

  @Test
  void timerHasTheTimeFromTheRecordToTheHandler() throws InterruptedException {
    Semaphore handled = new Semaphore(0);
    long begun = System.nanoTime();
    try (SignalNotifier notifier = SignalNotifier.builder().build();
        Registration registration =
            notifier.subscribe(
                SignalMetrics.timed(registry, "reload", event -> handled.release()),
                SignalBuffer.queueing(SENT),
                SIGNAL)) {
      for (int i = 0; i < SENT; i++) {
        notifier.raise(SIGNAL);
        assertTrue(handled.tryAcquire(1, TimeUnit.MINUTES), "the handler is called");
      }
      assertEquals(SENT, registration.stats().delivered());
    }
    long took = System.nanoTime() - begun;
    Timer timer =
        registry.get("signals.latency").tags("handler", "reload", "signal", "SIGRTMIN+3").timer();
    assertEquals(SENT, timer.count());
    // One signal after the other, so their times add up to less than all of it.
    double total = timer.totalTime(TimeUnit.NANOSECONDS);
    assertTrue(total > 0 && total < took, () -> total + " of " + took + " ns");
  }
}
