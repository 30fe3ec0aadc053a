package org.sigqueue.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Occurrence;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * A program that has no memory left while signals come and registrations end. It prints what became
 * of them; for {@link FullHeapTest}.
 */
final class FullHeapProgram {
  private static final int WARM_UP = 200;
  private static final int QUITS = 20;
  private static final int ENDING = 20;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long LIMIT_NANOS = LIMIT.toNanos();

  private static final VirtualSignalSource SOURCE = new VirtualSignalSource();

  @SuppressWarnings("UnusedVariable") // written, to be kept
  private static volatile Object @Nullable [] hoard;

  private static volatile boolean hoarding = true;
  private static volatile boolean full;
  private static volatile boolean marked;

  private FullHeapProgram() {}

  public static void main(String[] arguments) throws Exception {
    SignalNotifier signals = SignalNotifier.builder().source(SOURCE).receiveQuit().build();
    SignalChannel channel = SignalChannel.coalescing();
    signals.register(channel, Signal.HUP);
    Registration quits = signals.subscribeInline(event -> {}, Signal.QUIT);
    signals.subscribeInline(event -> marked = true, Signal.TERM);
    List<Registration> ending = new ArrayList<>();
    for (int i = 0; i < ENDING; i++) {
      ending.add(signals.subscribeInline(event -> {}, Signal.USR1));
    }
    Occurrence quit = occurrence(Signal.QUIT);
    Occurrence term = occurrence(Signal.TERM);
    // For the classes, and all else that is made with the first calls.
    signals.subscribeInline(event -> {}, Signal.USR1).close();
    for (int i = 0; i < WARM_UP; i++) {
      raiseAndAwait(quit, term);
    }

    Thread filler = new Thread(FullHeapProgram::fill);
    filler.setDaemon(true);
    filler.start();
    while (!full) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    boolean alive = true;
    for (int i = 0; i < QUITS; i++) {
      alive &= raiseAndAwait(quit, term);
    }
    for (int i = 0; i < ENDING; i++) { // without an iterator
      try {
        ending.get(i).close();
      } catch (OutOfMemoryError e) {
        // The call has failed, as calls do then.
      }
    }
    alive &= raiseAndAwait(quit, term);
    hoarding = false;
    hoard = null;
    filler.join();

    System.out.println("alive " + alive);
    DeliveryStats stats = quits.stats();
    System.out.println("counted " + (stats.accepted() == WARM_UP + QUITS + 1));
    System.out.println("some dropped " + (stats.dropped() > 0));
    SOURCE.raise(Signal.HUP);
    SignalEvent event = channel.poll(LIMIT);
    System.out.println("then " + (event == null ? null : event.signal()));
    signals.close();
  }

  private static Occurrence occurrence(Signal signal) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal.number();
    return occurrence;
  }

  /** Makes no garbage: whether the dispatcher has got both, in this order. */
  private static boolean raiseAndAwait(Occurrence first, Occurrence marking) {
    marked = false;
    SOURCE.raise(first);
    SOURCE.raise(marking);
    long start = System.nanoTime();
    while (!marked && System.nanoTime() - start < LIMIT_NANOS) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return marked;
  }

  /** Takes all memory to the last bytes, and again what others give back. */
  private static void fill() {
    while (hoarding) {
      for (int size = 1 << 20; hoarding && size >= 0; size = size == 0 ? -1 : size / 2) {
        try {
          while (hoarding) {
            hoard = new Object[] {hoard, new byte[size]};
          }
        } catch (OutOfMemoryError e) {
          // Smaller ones may fit.
        }
      }
      full = true;
    }
    hoard = null;
  }
}
