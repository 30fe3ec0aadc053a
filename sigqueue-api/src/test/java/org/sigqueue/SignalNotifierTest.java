package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.testing.VirtualSignalSource;

/** Notify and Stop over a virtual source: the interval in which each receiver gets each signal. */
@Timeout(120)
class SignalNotifierTest {
  private static final int USR1 = 10;

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final SignalChannel one = SignalChannel.queueing(1 << 16);
  private final SignalChannel other = SignalChannel.coalescing();

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void everyChannelGetsItsOwnCopy() throws Exception {
    notifier.register(one, Signal.USR1);
    notifier.register(other, Signal.USR1);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, one.take().signal());
    assertEquals(Signal.USR1, other.take().signal());
  }

  @Test
  void notifyTwiceIsTheUnionAndDeliversOnce() throws Exception {
    notifier.register(one, Signal.USR1);
    notifier.register(one, Signal.USR1, Signal.HUP);
    source.raise(Signal.USR1);
    source.raise(Signal.HUP);
    notifier.stop(one);
    assertEquals(Signal.USR1, one.take().signal());
    assertEquals(Signal.HUP, one.take().signal());
    assertNull(one.poll());
  }

  @Test
  void interruptsOfAllThreadsDoNotEndTheDelivery() throws Exception {
    notifier.register(one, Signal.USR1);
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sigqueue-dispatcher"))
        .forEach(Thread::interrupt);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, one.take().signal());
  }

  @Test
  void stopOfOneChannelLeavesTheOther() throws Exception {
    notifier.register(one, Signal.USR1);
    notifier.register(other, Signal.USR1);
    source.raise(Signal.USR1);
    notifier.stop(one);
    assertTrue(source.raise(Signal.USR1));
    notifier.stop(other);
    assertFalse(source.raise(Signal.USR1));
    assertEquals(1, one.stats().accepted());
    assertEquals(2, other.stats().accepted());
  }

  @Test
  void laterChannelGetsOnlyWhatComesAfterIt() {
    notifier.register(one, Signal.USR1);
    source.raise(Signal.USR1);
    notifier.register(other, Signal.USR1);
    source.raise(Signal.USR1);
    notifier.stop(one);
    notifier.stop(other);
    assertEquals(2, one.stats().accepted());
    assertEquals(1, other.stats().accepted());
  }

  @Test
  void stopIsIdempotentAndForgivesStrangers() {
    notifier.register(one, Signal.USR1);
    notifier.stop(one);
    notifier.stop(one);
    notifier.stop(other);
    assertFalse(source.disposition(USR1).ours());
  }

  @Test
  @Tag("storm")
  void whatWasAcceptedBeforeStopIsInTheChannelAndNothingFollows() throws Exception {
    for (int round = 0; round < 200; round++) {
      notifier.register(one, Signal.USR1);
      long before = source.block().accepted(USR1);
      AtomicBoolean go = new AtomicBoolean(true);
      FutureTask<Integer> sender =
          new FutureTask<>(() -> {
            int accepted = 0;
            while (go.get()) {
              accepted += source.raise(Signal.USR1) ? 1 : 0;
            }
            return accepted;
          });
      new Thread(sender).start();
      while (source.block().accepted(USR1) - before < 10) {
        Thread.onSpinWait();
      }
      notifier.stop(one);
      int inChannel = 0;
      long coalescedBefore = one.stats().coalesced();
      while (one.poll() != null) {
        inChannel++;
      }
      assertEquals(coalescedBefore, one.stats().coalesced());
      go.set(false);
      int accepted = sender.get();
      assertNull(one.poll(), "nothing arrives after Stop");
      assertEquals(accepted, source.block().accepted(USR1) - before);
      assertEquals(source.block().accepted(USR1), one.stats().accepted());
      assertTrue(inChannel > 0);
    }
  }

  @Test
  @Tag("storm")
  void stopUnderAStormOfAnotherSignalEnds() throws Exception {
    notifier.register(other, Signal.HUP);
    AtomicBoolean go = new AtomicBoolean(true);
    Thread storm =
        new Thread(() -> {
          while (go.get()) {
            source.raise(Signal.HUP);
          }
        });
    storm.start();
    for (int round = 0; round < 100; round++) {
      notifier.register(one, Signal.USR1);
      source.raise(Signal.USR1);
      notifier.stop(one);
      assertEquals(round + 1, one.stats().accepted());
    }
    go.set(false);
    storm.join();
    notifier.stop(other);
    assertEquals(source.block().accepted(1), other.stats().accepted());
  }

  @Test
  @Tag("storm")
  void stopAndNotifyFromManyThreadsDeliverEverythingOnce() throws Exception {
    AtomicBoolean go = new AtomicBoolean(true);
    Thread[] churners = new Thread[3];
    for (int i = 0; i < churners.length; i++) {
      churners[i] =
          new Thread(() -> {
            while (go.get()) {
              notifier.register(one, Signal.USR1);
              notifier.stop(one);
            }
          });
      churners[i].start();
    }
    long accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      accepted += source.raise(Signal.USR1) ? 1 : 0;
    }
    go.set(false);
    for (Thread churner : churners) {
      churner.join();
    }
    notifier.stop(one);
    assertEquals(accepted, one.stats().accepted());
    assertEquals(accepted, source.block().accepted(USR1));
    assertEquals(0, source.block().inconsistencies());
  }

  @ParameterizedTest
  @CsvSource({
    "KILL,UNCATCHABLE",
    "STOP,UNCATCHABLE",
    "SEGV,FAULT",
    "BUS,FAULT",
    "FPE,FAULT",
    "ILL,FAULT",
    "TRAP,FAULT",
    "ABRT,FAULT",
    "QUIT,RESERVED_BY_VM",
    "USR2,RESERVED_BY_VM",
    "62,RESERVED_BY_VM",
    "32,RESERVED_BY_LIBC",
    "33,RESERVED_BY_LIBC"
  })
  void reservedSignalIsRefusedWithItsReasonAndNothingChanges(String name, Reason reason) {
    Signal refused = Signal.of(name);
    UnsupportedSignalException thrown =
        assertThrows(
            UnsupportedSignalException.class, () -> notifier.register(one, Signal.USR1, refused));
    assertEquals(reason, thrown.reason());
    assertSame(refused, thrown.signal());
    assertTrue(source.block().wanted().isEmpty());
    assertFalse(source.disposition(USR1).ours());
    assertFalse(notifier.receivable().contains(refused));
  }

  @Test
  void signalThatTheSystemRefusesTakesBackTheOthers() {
    VirtualSignalSource inner = new VirtualSignalSource();
    SignalSource refusing = refusing(inner);
    try (SignalNotifier strict = SignalNotifier.builder().source(refusing).build()) {
      UnsupportedSignalException thrown =
          assertThrows(
              UnsupportedSignalException.class,
              () -> strict.register(one, Signal.USR1, Signal.WINCH));
      assertEquals(Reason.REFUSED_BY_SYSTEM, thrown.reason());
      assertTrue(inner.block().wanted().isEmpty());
      assertFalse(inner.disposition(USR1).ours());
    }
  }

  @Test
  void badArgumentsAreRefusedAndNothingChanges() {
    assertThrows(IllegalArgumentException.class, () -> notifier.register(one));
    assertThrows(IllegalArgumentException.class, () -> notifier.register(one, Set.of()));
    assertThrows(NullPointerException.class, () -> notifier.register(null, Signal.USR1));
    assertThrows(
        NullPointerException.class, () -> notifier.register(one, Signal.USR1, (Signal) null));
    assertThrows(NullPointerException.class, () -> Signal.of((String) null));
    assertTrue(source.block().wanted().isEmpty());
  }

  @Test
  void closedNotifierRefuses() {
    notifier.register(one, Signal.USR1);
    notifier.close();
    notifier.close();
    assertFalse(source.raise(Signal.USR1));
    assertThrows(IllegalStateException.class, () -> notifier.register(one, Signal.USR1));
  }

  @Test
  void notifiersShareTheirSource() throws Exception {
    try (SignalNotifier second = SignalNotifier.builder().source(source).build()) {
      notifier.register(one, Signal.USR1);
      second.register(other, Signal.USR1);
      source.raise(Signal.USR1);
      one.take();
      other.take();
    }
    assertTrue(source.raise(Signal.USR1)); // the first one's is still there
    assertEquals(Signal.USR1, one.take().signal());
    assertNull(other.poll());
  }

  @Test
  void secondParkingStrategyOnASourceInUseIsRefused() {
    notifier.register(one, Signal.USR1);
    assertThrows(
        IllegalStateException.class,
        () -> SignalNotifier.builder().source(source).parking(ParkingStrategies.SPIN).build());
  }

  /** As a plugin that is looked up by its name, which makes an object each time. */
  private static final class Plugin implements ParkingStrategy {
    @Override
    public String name() {
      return "plugin";
    }

    @Override
    public Note newNote(NoteWord word) {
      return ParkingStrategies.PARK.newNote(word);
    }
  }

  @Test
  void sameParkingStrategyLookedUpTwiceIsTheSame() throws Exception {
    try (SignalNotifier first =
            SignalNotifier.builder().source(source).parking(new Plugin()).build();
        SignalNotifier second =
            SignalNotifier.builder().source(source).parking(new Plugin()).build()) {
      first.register(one, Signal.USR1);
      second.register(other, Signal.USR1);
      SignalNotifier.builder().source(source).parking(new Plugin()).build().close();
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, one.take().signal());
      assertEquals(Signal.USR1, other.take().signal());
    }
  }

  @Test
  void sourceCanBeUsedAgainWithAnotherStrategy() throws Exception {
    notifier.register(one, Signal.USR1);
    source.raise(Signal.USR1);
    one.take();
    notifier.close();
    for (var strategy : ParkingStrategies.all().values()) {
      try (SignalNotifier next =
          SignalNotifier.builder().source(source).parking(strategy).build()) {
        SignalChannel channel = SignalChannel.coalescing();
        next.register(channel, Signal.USR1);
        source.raise(Signal.USR1);
        assertEquals(1, channel.take().count());
      }
    }
  }

  /** Refuses to install WINCH, as a system may. */
  private static SignalSource refusing(SignalSource inner) {
    return (SignalSource)
        Proxy.newProxyInstance(
            SignalSource.class.getClassLoader(),
            new Class<?>[] {SignalSource.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("install") && arguments[0].equals(28)) {
                throw new SignalSourceException("no", 22);
              }
              return method.invoke(inner, arguments);
            });
  }
}
