package org.sigqueue.dispatch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;

/**
 * The one list of interested parties: the routes of each signal in the order of registration. The
 * arrays are replaced, never changed, so that the dispatch loop reads them without a lock.
 */
final class Routes {
  static final Route[] NONE = {};

  private final AtomicReferenceArray<Route[]> bySignal =
      new AtomicReferenceArray<>(SignalSet.MAX + 1);
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicInteger inline = new AtomicInteger(); // of them

  Routes() {
    for (int signal = 0; signal <= SignalSet.MAX; signal++) {
      bySignal.set(signal, NONE);
    }
  }

  Route[] get(int signal) {
    return bySignal.get(signal);
  }

  /** Whether a subscriber wants a signal, and is not stopping. */
  boolean isWanted(int signal) {
    for (Route route : get(signal)) {
      if (!route.isStopping()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a signal is wanted, or a call that has stopped its last route has yet to settle it. */
  boolean isHeld(int signal) {
    for (Route route : get(signal)) {
      if (!route.isSettled()) {
        return true;
      }
    }
    return false;
  }

  /**
   * The routes of these signals that are stopping and do not know yet where they end. As long as
   * there are any, a handler may be about to accept for them, and nobody can say where a new route
   * starts.
   *
   * @param failing whether the loop has failed and has all routes still to complete
   */
  List<Route> unsettled(SignalSet signals, boolean failing) {
    List<Route> unsettled = new ArrayList<>();
    for (Route route : all()) {
      boolean open = signals.contains(route.signal) && route.isStopping() && route.isOpen();
      if ((open || failing) && !route.isDrained()) {
        unsettled.add(route);
      }
    }
    return unsettled;
  }

  /** The route of a subscriber for a signal that is not stopping; null if there is none. */
  @Nullable Route live(Subscriber subscriber, int signal) {
    for (Route route : get(signal)) {
      if (route.subscriber.equals(subscriber) && !route.isStopping()) {
        return route;
      }
    }
    return null;
  }

  /** The signals that have routes which the loop has to drain. Makes no object. */
  long settledBits() {
    long bits = 0;
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      for (Route route : get(signal)) {
        bits |= route.isSettled() ? SignalSet.bit(signal) : 0;
      }
    }
    return bits;
  }

  boolean isEmpty() {
    return size.get() == 0;
  }

  /** Whether there is none that goes on: all that are there are about to end. */
  boolean allStop() {
    for (Route route : all()) {
      if (!route.isStopping()) {
        return false;
      }
    }
    return true;
  }

  /** Whether there is an inline handler. */
  boolean hasInline() {
    return inline.get() != 0;
  }

  /** All routes, by signal. */
  List<Route> all() {
    List<Route> all = new ArrayList<>();
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      all.addAll(Arrays.asList(get(signal)));
    }
    return all;
  }

  void add(Route route) {
    Route[] before;
    Route[] after;
    do {
      before = get(route.signal);
      after = Arrays.copyOf(before, before.length + 1);
      after[before.length] = route;
    } while (!bySignal.compareAndSet(route.signal, before, after));
    size.incrementAndGet();
    if (route.subscriber.isInline()) {
      inline.incrementAndGet();
    }
  }

  /**
   * Stops what a registration alone holds. Makes no object: there may be no memory. Callers must
   * hold the hub's lock.
   */
  void stopHeldBy(HubRegistration registration) {
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      for (Route route : get(signal)) {
        if (route.holders.remove(registration) && route.holders.isEmpty()) {
          route.stop();
        }
      }
    }
  }

  /** Makes no object but the array of those that stay. */
  void remove(Route route) {
    Route[] before;
    Route[] after;
    do {
      before = get(route.signal);
      int place = 0;
      while (place < before.length && before[place] != route) {
        place++;
      }
      if (place == before.length) {
        return;
      }
      after = before.length == 1 ? NONE : Arrays.copyOf(before, before.length - 1);
      System.arraycopy(before, place + 1, after, place, after.length - place);
    } while (!bySignal.compareAndSet(route.signal, before, after));
    size.decrementAndGet();
    if (route.subscriber.isInline()) {
      inline.decrementAndGet();
    }
  }
}
