package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

/** How much garbage signals and the ends of registrations make on the dispatcher thread. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class AllocationTest {
  private static final int WARM_UP = 2_000;
  private static final int SIGNALS = 5_000;
  private static final int ENDS = 100;

  private final AtomicLong handled = new AtomicLong();
  private final AtomicReference<Thread> dispatcher = new AtomicReference<>();

  @Test
  void inlineHandlerMakesNone() throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build()) {
      subscribe(signals);
      long fewest = Long.MAX_VALUE;
      // What is done for the first time, because a machine stalls, may make some; each signal none.
      for (int tries = 0; fewest != 0 && tries < 3; tries++) {
        fewest = allocated(signals);
      }
      assertEquals(0, fewest);
    }
  }

  /** The event and its sender, once for all channels together, are at most 128 bytes. */
  @Test
  void eventsOfChannelsAreTwoSmallObjects() throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel one = SignalChannel.queueing(16);
        SignalChannel two = SignalChannel.queueing(16)) {
      signals.register(one, Signal.USR1);
      signals.register(two, Signal.USR1);
      subscribe(signals);
      long bytes = allocated(signals);
      assertTrue(bytes <= 128L * SIGNALS, () -> bytes + " bytes");
    }
  }

  /** Else a loop that waits for memory keeps the call that has it, which waits for the loop. */
  @Test
  void endOfARegistrationMakesNone() throws Exception {
    try (SignalNotifier signals =
        SignalNotifier.builder().source(new VirtualSignalSource()).build()) {
      subscribe(signals);
      raise(signals, 1);
      long fewest = Long.MAX_VALUE;
      for (int tries = 0; fewest != 0 && tries < 3; tries++) { // what is done first makes some
        registerAndClose(signals);
        long before = allocatedBytes(dispatcher.get());
        registerAndClose(signals);
        fewest = Math.min(fewest, allocatedBytes(dispatcher.get()) - before);
      }
      assertEquals(0, fewest);
    }
  }

  private static void registerAndClose(SignalNotifier signals) {
    SignalChannel channel = SignalChannel.coalescing();
    for (int i = 0; i < ENDS; i++) {
      signals.register(channel, Signal.HUP).close();
    }
  }

  private void subscribe(SignalNotifier signals) {
    signals.subscribeInline(
        event -> {
          dispatcher.lazySet(Thread.currentThread());
          handled.lazySet(handled.get() + 1);
        },
        Signal.USR1);
  }

  /** The bytes that the dispatcher has allocated for {@link #SIGNALS} signals. */
  private long allocated(SignalNotifier signals) throws Exception {
    raise(signals, WARM_UP);
    long before = allocatedBytes(dispatcher.get());
    raise(signals, SIGNALS);
    return allocatedBytes(dispatcher.get()) - before;
  }

  private void raise(SignalNotifier signals, int count) {
    for (int i = 0; i < count; i++) {
      long next = handled.get() + 1;
      signals.raise(Signal.USR1);
      Await.until("the signal is handled", () -> handled.get() == next);
    }
  }

  /** By reflection: the module of these tests does not require {@code jdk.management}. */
  private static long allocatedBytes(Thread thread) throws Exception {
    Method method =
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getThreadAllocatedBytes", long.class);
    return (long) method.invoke(ManagementFactory.getThreadMXBean(), thread.getId());
  }
}
