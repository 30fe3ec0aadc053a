package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalEvent.Cause;
import org.sigqueue.SignalNotifier;

/**
 * Real-time signals keep count and value, exclusive ones order, and occurrences that do not fit are
 * counted.
 */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class RealTimeTest {
  private static final Signal SIGNAL = Signal.rtMin(5);
  private static final int RING = 16_384;
  private static final int VALUES = 100_000;
  private static final int WINDOW = 2_000;

  private final SignalNotifier signals = SignalNotifier.builder().exclusive(SIGNAL).build();
  private final SignalNotifier byHandler = SignalNotifier.builder().build();
  private final List<Process> senders = new ArrayList<>();

  /** A signal that a failed test has left pending would end this process. */
  @AfterEach
  void close() throws Exception {
    for (Process sender : senders) {
      sender.destroy();
      Tools.await(sender);
    }
    signals.ignore(SIGNAL); // takes away what is pending
    signals.reset(SIGNAL);
    signals.close();
    byHandler.close();
  }

  /** As fast as another process can: the receiver alone takes them, so the ring never overflows. */
  @Test
  void hundredThousandValuesArriveCompleteAndInOrder() throws Exception {
    assertEquals(
        LongStream.rangeClosed(1, VALUES).boxed().toList(), receiveValues(signals).toList());
  }

  /**
   * By the handler, slowly enough that the ring never fills, every value has its details. Their
   * order is not kept: while one thread handles a signal, the kernel gives the next to another.
   */
  @Test
  void hundredThousandValuesArriveCompleteByTheHandler() throws Exception {
    assertEquals(
        LongStream.rangeClosed(1, VALUES).boxed().toList(),
        receiveValues(byHandler, WINDOW).sorted().toList());
  }

  /** Takes what a sender sends, and asks for more when half a window is left to come. */
  private Stream<Long> receiveValues(SignalNotifier signals, Object... window) throws Exception {
    List<Long> received = new ArrayList<>();
    try (SignalChannel channel = SignalChannel.queueing(VALUES)) {
      signals.register(channel, SIGNAL);
      Process sender = startSender(VALUES, window);
      PrintWriter requests = new PrintWriter(sender.outputWriter(), true);
      requests.println();
      for (long i = 0, count; i < VALUES; i += count) {
        SignalEvent event = Await.event(channel);
        count = event.count();
        if (event.hasDetails()) {
          received.add(event.value().orElseThrow());
        }
        if ((i + count) % WINDOW == WINDOW / 2) {
          requests.println();
        }
      }
      assertEquals(0, Tools.await(sender));
      assertEquals(new DeliveryStats(VALUES, 0, 0), channel.stats());
    }
    return received.stream();
  }

  @Test
  void burstBeyondTheRingIsCountedExactly() throws Exception {
    int burst = 20_000;
    long before = signals.stats().accepted(SIGNAL);
    long lostBefore = signals.stats().detailsLost(SIGNAL);
    try (SignalChannel all = SignalChannel.queueing(1 << 15);
        SignalChannel merging = SignalChannel.coalescing();
        SignalChannel small = SignalChannel.queueing(128)) {
      byHandler.register(all, SIGNAL);
      byHandler.register(merging, SIGNAL);
      byHandler.register(small, SIGNAL);
      try (Gate gate = Gate.shut(signals)) {
        assertEquals(0, Tools.await(startSender(burst)));
        Await.until(
            "all are accepted, to the last record",
            () ->
                signals.stats().accepted(SIGNAL) == before + burst
                    && signals.source().block().inFlight(SIGNAL.number()) == 0);
        gate.open();
      }
      byHandler.stop(all);
      byHandler.stop(merging);
      byHandler.stop(small);
      long lost = signals.stats().detailsLost(SIGNAL) - lostBefore;
      // The signal that shut the gate has left its place in the ring.
      assertEquals(burst - RING, lost);

      List<SignalEvent> events = new ArrayList<>();
      all.drainTo(events);
      assertEquals(burst, events.stream().mapToLong(SignalEvent::count).sum());
      long withoutDetails =
          events.stream().filter(e -> !e.hasDetails()).mapToLong(SignalEvent::count).sum();
      assertEquals(lost, withoutDetails);
      for (SignalEvent event : events) {
        assertEquals(event.hasDetails() ? Cause.QUEUE : Cause.UNKNOWN, event.cause());
        assertEquals(event.hasDetails(), event.sequence() >= 0);
        assertEquals(event.hasDetails(), event.value().isPresent());
      }
      assertEquals(new DeliveryStats(RING + 1, lost - 1, 0), all.stats());
      assertEquals(new DeliveryStats(1, burst - 1, 0), merging.stats());
      assertEquals(burst, merging.poll().count());
      assertEquals(new DeliveryStats(128, 0, burst - 128), small.stats());
      assertTrue(signals.stats().toString().contains("without details"));
    }
  }

  /** And not that of their numbers, as in Go. */
  @Test
  void orderAcrossSignalsIsThatOfArrival() throws Exception {
    try (SignalChannel channel = SignalChannel.queueing(16)) {
      Signal[] order = {Signal.rtMin(7), Signal.USR1, Signal.rtMin(6), Signal.WINCH, Signal.URG};
      signals.register(channel, order);
      for (Signal signal : order) {
        long before = signals.stats().accepted(signal);
        signals.raise(signal);
        Await.until(
            "signal is accepted, and its record is there",
            () ->
                signals.stats().accepted(signal) == before + 1
                    && signals.source().block().inFlight(signal.number()) == 0);
      }
      long last = -1;
      for (Signal signal : order) {
        SignalEvent event = Await.event(channel);
        assertEquals(signal, event.signal());
        assertTrue(event.sequence() > last);
        last = event.sequence();
      }
    }
  }

  @Test
  void valuesHaveAllTheirBits() throws Exception {
    try (SignalChannel channel = SignalChannel.queueing(16)) {
      signals.register(channel, SIGNAL);
      long pid = ProcessHandle.current().pid();
      for (long value : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32}) {
        signals.sending().send(pid, SIGNAL, value);
        SignalEvent event = Await.event(channel);
        assertEquals(value, event.value().orElseThrow());
        assertFalse(event.child().isPresent());
      }
    }
  }

  /** Sends the values from 1 on; with a window, so many for each line on its standard input. */
  private Process startSender(int values, Object... window) throws Exception {
    List<Object> arguments =
        new ArrayList<>(
            List.of("queue", ProcessHandle.current().pid(), SIGNAL.number(), 1, values));
    arguments.addAll(List.of(window));
    Process sender = Tools.startHelper(arguments.toArray());
    senders.add(sender);
    return sender;
  }
}
