package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.testing.VirtualSignalSource;

/** Ignore, Reset and status over a virtual source; with real signals see ConformanceTest. */
@Timeout(120)
class IgnoreResetTest {
  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final SignalChannel channel = SignalChannel.queueing(1 << 16);

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void ignoreEndsDeliveryToAll() throws Exception {
    SignalChannel other = SignalChannel.coalescing();
    notifier.register(channel, Signal.HUP, Signal.USR1);
    notifier.register(other, Signal.HUP);
    source.raise(Signal.HUP);
    notifier.ignore(Signal.HUP);
    assertTrue(notifier.ignored(Signal.HUP));
    assertFalse(source.raise(Signal.HUP));
    assertTrue(source.raise(Signal.USR1));
    assertEquals(Signal.HUP, channel.take().signal()); // accepted before Ignore: it is there
    assertEquals(Signal.USR1, channel.take().signal());
    assertEquals(1, other.take().count());
  }

  @Test
  void notifyAfterIgnoreReceives() throws Exception {
    notifier.ignore(Signal.HUP);
    notifier.register(channel, Signal.HUP);
    assertFalse(notifier.ignored(Signal.HUP));
    assertTrue(source.raise(Signal.HUP));
    assertEquals(Signal.HUP, channel.take().signal());
  }

  @Test
  void resetEndsBothNotifyAndIgnore() throws Exception {
    notifier.register(channel, Signal.HUP);
    notifier.ignore(Signal.USR1);
    source.raise(Signal.HUP);
    notifier.reset(Signal.HUP, Signal.USR1, Signal.WINCH);
    notifier.reset(Signal.HUP);
    assertFalse(notifier.ignored(Signal.USR1));
    assertEquals(Disposition.DEFAULT, source.disposition(1).handler());
    assertFalse(source.raise(Signal.HUP));
    assertEquals(1, channel.stats().accepted());
  }

  @Test
  @Tag("storm")
  void resetAndIgnoreAreEitherOrUnderFire() throws Exception {
    long accepted = 0;
    for (int round = 0; round < 200; round++) {
      notifier.register(channel, Signal.USR1);
      AtomicBoolean go = new AtomicBoolean(true);
      FutureTask<Long> sender =
          new FutureTask<>(() -> {
            long count = 0;
            while (go.get()) {
              count += source.raise(Signal.USR1) ? 1 : 0;
            }
            return count;
          });
      new Thread(sender).start();
      long before = source.block().accepted(10);
      while (source.block().accepted(10) == before) {
        Thread.onSpinWait();
      }
      if (round % 2 == 0) {
        notifier.ignore(Signal.USR1);
      } else {
        notifier.reset(Signal.USR1);
      }
      long atReturn = channel.stats().accepted();
      go.set(false);
      accepted += sender.get();
      assertEquals(accepted, atReturn, "what was accepted is in the channel on return, all of it");
      while (channel.poll() != null) {
        // Makes room.
      }
    }
  }

  /** Whichever of the two ends the registration: the close must not put the disposition back. */
  @Test
  void callbackMayIgnoreItsOwnSignalWhileItsRegistrationIsClosed() throws Exception {
    for (int round = 0; round < 500; round++) {
      AtomicReference<Thread> thread = new AtomicReference<>();
      CountDownLatch ended = new CountDownLatch(1);
      Registration subscription =
          notifier.subscribeInline(
              occurrence -> {
                thread.set(Thread.currentThread());
                notifier.ignore(Signal.USR1);
                ended.countDown();
              },
              Signal.USR1);
      source.raise(Signal.USR1);
      subscription.close();
      await(ended); // close gives up the wait for a handler after a second
      assertEquals("sigqueue-dispatcher", thread.get().getName());
      assertTrue(notifier.ignored(Signal.USR1), "round " + round);
      notifier.reset(Signal.USR1);
    }
  }

  @Test
  void callbackMayJoinAStopWhoseAnnouncementIsBeingServed() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch full = new CountDownLatch(1);
    CountDownLatch lost = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    notifier.subscribeInline(
        occurrence -> {
          entered.countDown();
          await(full);
          if (!occurrence.hasDetails()) { // the last of one round of the dispatcher
            lost.countDown();
            await(closing);
          }
        },
        Signal.HUP);
    Registration subscription =
        notifier.subscribeInline(occurrence -> notifier.ignore(Signal.USR1), Signal.USR1);
    source.raise(Signal.HUP);
    await(entered);
    while (source.block().lost(Signal.HUP.number()) == 0) {
      source.raise(Signal.HUP);
    }
    full.countDown();
    await(lost);
    source.raise(Signal.USR1); // both are announced to a dispatcher that is awake: as one
    Thread closer = new Thread(subscription::close);
    closer.start();
    while (closer.getState() != Thread.State.TIMED_WAITING) { // it has announced, and waits
      Thread.onSpinWait();
    }
    closing.countDown();
    closer.join(50_000);
    assertFalse(closer.isAlive());
    assertTrue(notifier.ignored(Signal.USR1));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void childIsNotIgnorable() {
    UnsupportedSignalException thrown =
        assertThrows(
            UnsupportedSignalException.class, () -> notifier.ignore(Signal.HUP, Signal.CHLD));
    assertEquals(Reason.RESERVED_BY_VM, thrown.reason());
    assertFalse(notifier.ignored(Signal.HUP));
    assertThrows(UnsupportedSignalException.class, () -> notifier.ignore(Signal.KILL));
    assertThrows(IllegalArgumentException.class, () -> notifier.ignore());
    assertThrows(IllegalArgumentException.class, () -> notifier.reset());
  }

  @Test
  void resetOfAnySignalIsHarmless() {
    for (int number = 1; number <= 64; number++) {
      notifier.reset(Signal.of(number));
    }
  }

  @Test
  void quitIsReceivedOnRequest() throws Exception {
    VirtualSignalSource other = new VirtualSignalSource();
    try (SignalNotifier withQuit = SignalNotifier.builder().source(other).receiveQuit().build()) {
      withQuit.register(channel, Signal.QUIT);
      assertTrue(other.raise(Signal.QUIT));
      assertEquals(Signal.QUIT, channel.take().signal());
    }
    assertThrows(UnsupportedSignalException.class, () -> notifier.register(channel, Signal.QUIT));
  }

  @Test
  void statusSaysWhyASignalIsRefused() {
    assertEquals(SignalStatus.Kind.UNCATCHABLE, notifier.status(Signal.KILL).kind());
    assertEquals(SignalStatus.Kind.FAULT, notifier.status(Signal.SEGV).kind());
    assertEquals(SignalStatus.Kind.RESERVED_BY_VM, notifier.status(Signal.of(62)).kind());
    assertEquals(SignalStatus.Kind.RESERVED_BY_LIBC, notifier.status(Signal.of(33)).kind());
    assertEquals(SignalStatus.Kind.CATCHABLE, notifier.status(Signal.USR1).kind());
    for (int number = 1; number <= 64; number++) {
      SignalStatus status = notifier.status(Signal.of(number));
      boolean catchable = status.kind() == SignalStatus.Kind.CATCHABLE;
      assertEquals(notifier.receivable().contains(Signal.of(number)), catchable, status.toString());
      assertFalse(status.explanation().isEmpty());
    }
  }

  @Test
  void statsCountWhatWasAccepted() {
    notifier.register(channel, Signal.USR1);
    source.raise(Signal.USR1);
    source.raise(Signal.USR1);
    assertEquals(2, notifier.stats().accepted(Signal.USR1));
    assertEquals(0, notifier.stats().detailsLost(Signal.USR1));
    assertEquals(0, notifier.stats().inconsistencies());
    assertEquals("accepted: SIGUSR1 2", notifier.stats().toString());
  }
}
