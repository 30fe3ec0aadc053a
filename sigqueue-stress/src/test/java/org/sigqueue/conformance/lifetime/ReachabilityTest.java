package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.LeavesNoTrace;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * A registration that has ended is not reachable any more, although its notifier, which is the
 * process's, and the dispatcher, which others need, go on.
 */
@Timeout(240)
@ExtendWith(LeavesNoTrace.class)
class ReachabilityTest {
  private static final Signal SIGNAL = Signal.URG;
  private static final int CYCLES = 200;

  /** A way to register and to end that. */
  enum Way {
    CLOSED_CHANNEL {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        SignalChannel channel = SignalChannel.coalescing();
        Registration registration = signals.register(channel, SIGNAL);
        signals.raise(SIGNAL);
        Await.event(channel);
        channel.close();
        garbage.add("channel", channel);
        garbage.add("registration", registration);
      }
    },
    STOPPED_CHANNEL {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        SignalChannel channel = SignalChannel.queueing(2);
        signals.register(channel, SIGNAL);
        signals.raise(SIGNAL);
        Await.event(channel);
        signals.stop(channel);
        garbage.add("channel", channel);
      }
    },
    CLOSED_REGISTRATION {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) {
        SignalChannel channel = SignalChannel.coalescing();
        Registration registration = signals.register(channel, SIGNAL);
        registration.close();
        garbage.add("channel", channel);
        garbage.add("registration", registration);
      }
    },
    REMOVED_SIGNAL {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) {
        SignalChannel channel = SignalChannel.coalescing();
        signals.register(channel, SIGNAL, Signal.WINCH).remove(SIGNAL, Signal.WINCH);
        garbage.add("channel", channel);
      }
    },
    REFUSED {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) {
        SignalChannel channel = SignalChannel.coalescing();
        assertThrows(
            UnsupportedSignalException.class, () -> signals.register(channel, SIGNAL, Signal.KILL));
        garbage.add("channel", channel);
      }
    },
    SUBSCRIPTION {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        Handler handler = new Handler();
        Registration registration = signals.subscribe(handler, SIGNAL);
        handler.await(signals);
        registration.close();
        garbage.add("handler", handler);
        garbage.add("registration", registration);
      }
    },
    AWAITED_SUBSCRIPTION {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        Handler handler = new Handler();
        Registration registration = signals.subscribe(handler, SignalBuffer.coalescing(), SIGNAL);
        handler.await(signals);
        registration.close(Duration.ofMinutes(1));
        garbage.add("handler", handler);
      }
    },
    INLINE {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        Handler handler = new Handler();
        Registration registration = signals.subscribeInline(handler, SIGNAL);
        handler.await(signals);
        registration.close();
        garbage.add("handler", handler);
      }
    },
    OBSERVER {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        Handler handler = new Handler();
        Registration registration = signals.observe(handler, SIGNAL);
        handler.await(signals);
        registration.close();
        garbage.add("handler", handler);
      }
    },
    ONCE {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        Handler handler = new Handler();
        Signals.once(handler, SIGNAL);
        handler.await(signals);
        garbage.add("handler", handler);
      }
    },
    CLOSED_CONTEXT {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) {
        SignalContext context = signals.notifyContext(SIGNAL);
        context.close();
        garbage.add("context", context);
      }
    },
    CONTEXT_WITH_SECOND_SIGNAL {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        Handler handler = new Handler();
        SignalContext context = signals.context(SIGNAL).secondSignal(handler).start();
        signals.raise(SIGNAL);
        context.await();
        handler.await(signals);
        context.close();
        garbage.add("context", context);
        garbage.add("handler", handler);
      }
    },
    CHILD_CONTEXT {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) {
        SignalContext child =
            signals.context(SIGNAL).parent(Objects.requireNonNull(parent)).start();
        child.close();
        garbage.add("context", child);
      }
    },
    NOTIFIER {
      @Override
      void cycle(SignalNotifier signals, Garbage garbage) throws Exception {
        SignalNotifier notifier = SignalNotifier.builder().build();
        Handler handler = new Handler();
        notifier.subscribe(handler, SIGNAL);
        handler.await(signals);
        notifier.close();
        garbage.add("notifier", notifier);
        garbage.add("handler", handler);
      }
    };

    abstract void cycle(SignalNotifier signals, Garbage garbage) throws Exception;
  }

  /** A handler that can be waited for. */
  private static final class Handler implements Consumer<SignalEvent> {
    private final CountDownLatch called = new CountDownLatch(1);

    @Override
    public void accept(SignalEvent event) {
      called.countDown();
    }

    void await(SignalNotifier signals) {
      signals.raise(SIGNAL);
      Await.until("the handler is called", () -> called.getCount() == 0);
    }
  }

  private static @Nullable SignalContext parent;

  @ParameterizedTest
  @EnumSource
  void endedRegistrationIsCollectedWhileOthersGoOn(Way way) throws Exception {
    SignalNotifier signals = Signals.process();
    Garbage garbage = new Garbage();
    try (SignalChannel other = SignalChannel.coalescing();
        SignalContext open = signals.notifyContext(Signal.CONT)) {
      parent = open;
      signals.register(other, SIGNAL); // keeps the dispatcher
      for (int i = 0; i < CYCLES; i++) {
        way.cycle(signals, garbage);
      }
      garbage.awaitCollection();
      signals.raise(SIGNAL);
      Await.event(other);
    } finally {
      parent = null;
    }
  }

  @Test
  void twoNotifiersLeaveNothingWhenTheyChurnTogether() throws Exception {
    Garbage garbage = new Garbage();
    churn(garbage, 50);
    garbage.awaitCollection();
    Footprint before = Footprint.ofNothing();
    churn(garbage, 2_000);
    garbage.awaitCollection();
    before.awaitSame();
  }

  /** Two threads with a notifier each, over one source, whose dispatcher comes and goes. */
  private static void churn(Garbage garbage, int cycles) throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    FutureTask<Long> one = new FutureTask<>(() -> churn(garbage, cycles, start));
    FutureTask<Long> two = new FutureTask<>(() -> churn(garbage, cycles, start));
    new Thread(one, "churn-1").start();
    new Thread(two, "churn-2").start();
    assertEquals(cycles, Await.result(one));
    assertEquals(cycles, Await.result(two));
  }

  private static long churn(Garbage garbage, int cycles, CyclicBarrier start) throws Exception {
    long received = 0;
    Await.meet(start);
    for (int i = 0; i < cycles; i++) {
      SignalNotifier notifier = SignalNotifier.builder().build();
      SignalChannel channel = SignalChannel.coalescing();
      Handler handler = new Handler();
      notifier.register(channel, SIGNAL);
      Registration subscription = notifier.subscribe(handler, Signal.WINCH);
      SignalContext context = notifier.notifyContext(Signal.CONT);
      notifier.raise(SIGNAL);
      received += Await.event(channel).count() > 0 ? 1 : 0;
      switch (i % 3) {
        case 0 -> {
          channel.close();
          subscription.close();
          context.close();
        }
        case 1 -> notifier.stop(channel);
        default -> {}
      }
      notifier.close();
      channel.close();
      garbage.add("channel", channel);
      garbage.add("handler", handler);
      garbage.add("context", context);
      garbage.add("notifier", notifier);
    }
    return received;
  }

  /** Whatever the thread that registered first held, it holds no longer than it lives. */
  @Test
  void threadThatRegisteredFirstIsCollectedWhileTheDispatcherGoesOn() throws Exception {
    Garbage garbage = new Garbage();
    try (SignalNotifier signals =
            SignalNotifier.builder().source(new VirtualSignalSource()).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      registerInThread(signals, channel, garbage);
      garbage.awaitCollection();
    }
  }

  private static void registerInThread(
      SignalNotifier signals, SignalChannel channel, Garbage garbage) throws Exception {
    Thread thread = new Thread(() -> signals.register(channel, SIGNAL));
    garbage.add("thread", thread);
    thread.start();
    thread.join();
  }
}
