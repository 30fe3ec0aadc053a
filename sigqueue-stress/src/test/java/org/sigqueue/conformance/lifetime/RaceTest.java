package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Tools;
import org.sigqueue.core.SignalSet;
import org.sigqueue.testing.VirtualSignalSource;

/** Registrations and ends at the same time: afterwards all is registered, or nothing is left. */
@Timeout(240)
class RaceTest {
  private static final Signal SIGNAL = Signal.USR1;
  private static final int ROUNDS = 20_000;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  @AfterEach
  void end() throws Exception {
    threads.shutdownNow();
    assertTrue(threads.awaitTermination(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS));
  }

  private SignalNotifier notifier() {
    return SignalNotifier.builder().source(source).build();
  }

  /** A round of a race. */
  private interface Round {
    void run() throws Exception;
  }

  /** As many rounds as there is time for, but so many at most. */
  private static void race(Round round) throws Exception {
    long start = System.nanoTime();
    for (int i = 0; i < ROUNDS && System.nanoTime() - start < LIMIT_NANOS; i++) {
      round.run();
    }
  }

  /** Runs both at the same moment, as far as that can be had. */
  private <T> T both(Callable<T> one, Runnable other) throws Exception {
    AtomicInteger ready = new AtomicInteger();
    Future<T> first =
        threads.submit(() -> {
          meet(ready);
          return one.call();
        });
    Future<?> second =
        threads.submit(() -> {
          meet(ready);
          other.run();
        });
    second.get(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
    return first.get(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private static void meet(AtomicInteger ready) {
    ready.incrementAndGet();
    while (ready.get() < 2) {
      Thread.onSpinWait();
    }
  }

  private void assertNothingIsRegistered(SignalChannel channel) {
    long accepted = channel.stats().accepted();
    assertEquals(SignalSet.EMPTY, source.block().wanted());
    assertFalse(source.disposition(SIGNAL.number()).ours());
    assertFalse(source.raise(SIGNAL));
    assertEquals(accepted, channel.stats().accepted());
  }

  @Test
  void registrationAgainstTheCloseOfItsNotifierLeavesNothing() throws Exception {
    race(() -> {
      SignalNotifier signals = notifier();
      SignalChannel channel = SignalChannel.coalescing();
      both(
          () -> {
            try {
              signals.register(channel, SIGNAL);
              return true;
            } catch (IllegalStateException e) {
              return false; // the notifier is closed
            }
          },
          signals::close);
      assertNothingIsRegistered(channel);
    });
  }

  @Test
  void registrationAgainstTheCloseOfItsChannelLeavesNothing() throws Exception {
    try (SignalNotifier signals = notifier()) {
      race(() -> {
        SignalChannel channel = SignalChannel.coalescing();
        both(
            () -> {
              try {
                signals.register(channel, SIGNAL);
                return true;
              } catch (ChannelClosedException e) {
                return false;
              }
            },
            channel::close);
        assertNothingIsRegistered(channel);
      });
    }
  }

  /** The channel is registered or not, and in both cases it ends with its notifier. */
  @Test
  void registrationAgainstStopEndsWithTheNotifier() throws Exception {
    race(() -> {
      SignalNotifier signals = notifier();
      SignalChannel channel = SignalChannel.coalescing();
      signals.register(channel, SIGNAL);
      both(() -> signals.register(channel, SIGNAL), () -> signals.stop(channel));
      signals.close();
      assertNothingIsRegistered(channel);
    });
  }

  /** Of two that close, neither returns while signals can arrive. */
  @Test
  void concurrentClosesBothWait() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread storm =
        new Thread(() -> {
          while (!done.get()) {
            source.raise(SIGNAL);
          }
        });
    storm.start();
    race(() -> {
      SignalNotifier signals = notifier();
      SignalChannel channel = SignalChannel.coalescing();
      Registration registration = signals.register(channel, SIGNAL);
      long one =
          both(
              () -> {
                registration.close();
                return channel.stats().accepted();
              },
              () -> {
                signals.close();
                long two = channel.stats().accepted();
                Thread.onSpinWait();
                assertEquals(two, channel.stats().accepted());
              });
      assertEquals(one, channel.stats().accepted());
    });
    done.set(true);
    storm.join();
  }

  /** The dispatcher builds a notifier while another thread waits for the dispatcher. */
  @Test
  void inlineHandlerMayBuildNotifiersWhileItsOwnIsClosed() throws Exception {
    for (int i = 0; i < 200; i++) {
      SignalNotifier signals = notifier();
      AtomicReference<@Nullable Registration> self = new AtomicReference<>();
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch outside = new CountDownLatch(1);
      self.set(
          signals.subscribeInline(
              event -> {
                self.get().close(); // so nobody waits for this handler earlier
                inside.countDown();
                SignalNotifier.builder().source(new VirtualSignalSource()).build().close();
                SignalNotifier.builder().source(source).build().close();
                outside.countDown();
              },
              SIGNAL));
      source.raise(SIGNAL);
      assertTrue(inside.await(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS));
      FutureTask<Boolean> close = new FutureTask<>(signals::close, true);
      threads.execute(close);
      assertTrue(Await.result(close));
      assertTrue(outside.await(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS));
    }
  }
}
