package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.testing.VirtualSignalSource;

/** Channels over a virtual source: their events, the order of these, and the ends of waiting. */
@Timeout(120)
class SignalChannelTest {
  private static final Duration SHORT = Duration.ofMillis(5);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final SignalChannel coalescing = SignalChannel.coalescing();
  private final SignalChannel queueing = SignalChannel.queueing(4);

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void takeWaitsForTheEvent() throws Exception {
    notifier.register(coalescing, Signal.USR1);
    FutureTask<SignalEvent> taker = start(coalescing::take);
    assertTrue(source.raise(Signal.USR1));
    SignalEvent event = taker.get();
    assertEquals(Signal.USR1, event.signal());
    assertEquals(1, event.count());
    assertEquals(SignalEvent.Cause.USER, event.cause());
    assertEquals((int) ProcessHandle.current().pid(), event.sender().orElseThrow().pid());
  }

  @Test
  void coalescingChannelMergesAndDropsNothing() throws Exception {
    notifier.register(coalescing, Signal.USR1, Signal.HUP);
    raise(Signal.USR1, 100);
    raise(Signal.HUP, 3);
    notifier.stop(coalescing); // after this all that was accepted is in the channel
    SignalEvent first = coalescing.take();
    assertEquals(Signal.HUP, first.signal());
    assertEquals(3, first.count());
    assertEquals(102, first.sequence());
    SignalEvent second = coalescing.take();
    assertEquals(Signal.USR1, second.signal());
    assertEquals(100, second.count());
    assertNull(coalescing.poll());
    assertEquals(new DeliveryStats(1, 99, 0), coalescing.stats(Signal.USR1));
    assertEquals(new DeliveryStats(2, 101, 0), coalescing.stats());
  }

  @Test
  void queueingChannelKeepsTheOrderOfArrivalAcrossSignals() throws Exception {
    notifier.register(queueing, Signal.USR1, Signal.HUP, Signal.rtMin(1));
    source.raise(Signal.rtMin(1));
    source.raise(Signal.USR1);
    source.raise(Signal.HUP);
    notifier.stop(queueing);
    assertEquals(Signal.rtMin(1), queueing.take().signal());
    assertEquals(Signal.USR1, queueing.take().signal());
    assertEquals(Signal.HUP, queueing.take().signal());
  }

  @Test
  void fullQueueingChannelDropsTheNewestAndCounts() throws Exception {
    notifier.register(queueing, Signal.USR1);
    raise(Signal.USR1, 10);
    notifier.stop(queueing);
    for (int sequence = 0; sequence < 4; sequence++) {
      assertEquals(sequence, queueing.take().sequence());
    }
    assertNull(queueing.poll());
    assertEquals(new DeliveryStats(4, 0, 6), queueing.stats());
  }

  @Test
  void lostDetailsAreCountedInAnEventThatSaysSo() throws Exception {
    SignalChannel large = SignalChannel.queueing(1 << 20);
    Semaphore full = new Semaphore(0);
    notifier.subscribeInline(
        occurrence -> {
          full.acquireUninterruptibly(); // holds the dispatcher
          full.release();
        },
        Signal.USR1);
    notifier.register(large, Signal.USR1);
    long sent = 0;
    while (source.block().lost(Signal.USR1.number()) == 0) {
      source.raise(Signal.USR1);
      sent++;
    }
    full.release();
    notifier.stop(large);
    long known = 0;
    long unknown = 0;
    for (SignalEvent event; (event = large.poll()) != null; ) {
      if (event.hasDetails()) {
        assertEquals(known++, event.sequence());
      } else {
        assertEquals(-1, event.sequence());
        assertEquals(SignalEvent.Cause.UNKNOWN, event.cause());
        assertTrue(event.sender().isEmpty() && event.child().isEmpty());
        unknown += event.count();
      }
    }
    assertEquals(source.block().lost(Signal.USR1.number()), unknown);
    assertEquals(sent, known + unknown);
    assertEquals(0, large.stats().dropped());
  }

  @Test
  void capacityOutOfRangeIsRefused() {
    for (int bad : new int[] {Integer.MIN_VALUE, -1, 0, (1 << 20) + 1}) {
      assertThrows(IllegalArgumentException.class, () -> SignalChannel.queueing(bad));
    }
    assertNotNull(SignalChannel.queueing(1));
  }

  @Test
  void timedPollReturnsNullWhenNothingComes() throws Exception {
    for (SignalChannel channel : new SignalChannel[] {coalescing, queueing}) {
      notifier.register(channel, Signal.USR1);
      assertNull(channel.poll(SHORT));
      assertNull(channel.poll(Duration.ZERO));
      assertNull(channel.poll(Duration.ofNanos(-1)));
      assertNull(channel.poll());
    }
  }

  @Test
  void timedPollReturnsTheEvent() throws Exception {
    for (SignalChannel channel : new SignalChannel[] {coalescing, queueing}) {
      notifier.register(channel, Signal.USR1);
      FutureTask<SignalEvent> taker = start(() -> channel.poll(Duration.ofHours(1)));
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, taker.get().signal());
      notifier.stop(channel);
    }
  }

  @Test
  void interruptEndsTakeAndLosesNothing() throws Exception {
    for (SignalChannel channel : new SignalChannel[] {coalescing, queueing}) {
      notifier.register(channel, Signal.USR1);
      FutureTask<SignalEvent> taker = new FutureTask<>(channel::take);
      Thread thread = new Thread(taker);
      thread.start();
      thread.interrupt();
      ExecutionException thrown = assertThrows(ExecutionException.class, taker::get);
      assertEquals(InterruptedException.class, thrown.getCause().getClass());
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, channel.take().signal());
      notifier.stop(channel);
    }
  }

  @Test
  @Tag("storm")
  void severalThreadsShareTheEvents() throws Exception {
    SignalChannel shared = SignalChannel.queueing(1 << 15);
    notifier.register(shared, Signal.USR1);
    Callable<Integer> takeAll =
        () -> {
          int taken = 0;
          while (true) {
            try {
              shared.take();
              taken++;
            } catch (ChannelClosedException e) {
              return taken;
            }
          }
        };
    FutureTask<Integer> one = start(takeAll);
    FutureTask<Integer> other = start(takeAll);
    raise(Signal.USR1, 10_000);
    shared.close();
    assertEquals(10_000, one.get() + other.get() + shared.stats().coalesced());
  }

  @Test
  void closeWakesTheTaker() throws Exception {
    for (SignalChannel channel : new SignalChannel[] {coalescing, queueing}) {
      notifier.register(channel, Signal.USR1);
      FutureTask<SignalEvent> taker = start(channel::take);
      channel.close();
      ExecutionException thrown = assertThrows(ExecutionException.class, taker::get);
      assertEquals(ChannelClosedException.class, thrown.getCause().getClass());
    }
  }

  @Test
  void closedChannelStillGivesWhatItHolds() throws Exception {
    for (SignalChannel channel : new SignalChannel[] {coalescing, queueing}) {
      notifier.register(channel, Signal.USR1);
      source.raise(Signal.USR1);
      channel.close();
      channel.close();
      assertTrue(channel.isClosed());
      assertEquals(Signal.USR1, channel.take().signal());
      assertThrows(ChannelClosedException.class, channel::take);
      assertThrows(ChannelClosedException.class, () -> channel.poll(SHORT));
      assertNull(channel.poll());
      assertFalse(source.raise(Signal.USR1));
    }
  }

  @Test
  void closedChannelCannotBeNotified() {
    coalescing.close();
    assertThrows(ChannelClosedException.class, () -> notifier.register(coalescing, Signal.USR1));
    assertFalse(source.raise(Signal.USR1));
    assertFalse(source.disposition(Signal.USR1.number()).ours());
  }

  @Test
  void drainMovesWhatIsThere() {
    notifier.register(queueing, Signal.USR1, Signal.HUP);
    source.raise(Signal.USR1);
    source.raise(Signal.HUP);
    notifier.stop(queueing);
    List<SignalEvent> events = new ArrayList<>();
    assertEquals(2, queueing.drainTo(events));
    assertEquals(Signal.HUP, events.get(1).signal());
    assertEquals(0, queueing.drainTo(events));
  }

  @Test
  void iterationAndStreamEndWhenTheChannelIsClosed() {
    notifier.register(queueing, Signal.USR1);
    raise(Signal.USR1, 3);
    queueing.close();
    int events = 0;
    for (SignalEvent event : queueing) {
      assertEquals(events++, event.sequence());
    }
    assertEquals(3, events);
    assertEquals(0, queueing.stream().count());
    assertThrows(NoSuchElementException.class, () -> queueing.iterator().next());
  }

  @Test
  void interruptEndsIterationAndStaysSet() {
    Thread.currentThread().interrupt();
    assertThrows(CancellationException.class, () -> queueing.iterator().hasNext());
    assertTrue(Thread.interrupted());
  }

  private void raise(Signal signal, int times) {
    for (int i = 0; i < times; i++) {
      assertTrue(source.raise(signal));
    }
  }

  private static <T> FutureTask<T> start(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    new Thread(task).start();
    return task;
  }
}
