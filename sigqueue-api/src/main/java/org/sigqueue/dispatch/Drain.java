package org.sigqueue.dispatch;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

/**
 * The end of routes: the dispatch loop completes those that are drained, and calls wait for that,
 * with one limit for all of them. Inline code of a user may keep the loop, for ever if it has
 * called {@link System#exit} and a shutdown hook is what waits here.
 *
 * <p>No wait needs memory to end: the thread that waits may be the one that has it all.
 */
final class Drain {
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long USER_CODE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** For a signal handler that does not come back: a debugger has stopped or ended its thread. */
  private static final long HANDLER_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final int MAX_NESTING = 8;
  private static final Log.FailureReport TOO_DEEP =
      new Log.FailureReport("the wait of an inline handler for the end of a registration");

  private final SharedBlock block;
  private final Routes routes;
  private int nesting; // loop's thread only

  Drain(SharedBlock block, Routes routes) {
    this.block = block;
    this.routes = routes;
  }

  /** Completes the settled routes that are drained; returns whether some are left. Loop only. */
  boolean complete(DispatchLoop loop) {
    long settled = routes.settledBits();
    block.setDrainingBits(settled); // then look whether it is quiescent: see there
    boolean left = false;
    OutOfMemoryError full = null;
    for (long bits = settled; bits != 0; bits &= bits - 1) {
      for (Route route : routes.get(Long.numberOfTrailingZeros(bits) + 1)) {
        if (!route.isSettled()) {
          continue;
        }
        if (!reachesEnd(route, loop)) {
          left = true;
          continue;
        }
        try {
          routes.remove(route);
        } catch (OutOfMemoryError e) {
          full = e;
        }
        route.setDrained();
      }
    }
    if (full != null) {
      throw full; // to be called again
    }
    return left;
  }

  private boolean reachesEnd(Route route, DispatchLoop loop) {
    int signal = route.signal;
    if (route.hasOutlivedHandler() && !block.isQuiescent(signal)) {
      block.writeOff(signal); // so that the next one need not wait as long
    }
    if (!block.isWanted(signal) && block.isQuiescent(signal)) {
      route.endAt(block.accepted(signal));
    }
    loop.deliverLost(signal);
    return loop.dispatched(signal) >= route.end() || route.isCut();
  }

  /** Waits for routes that a call has stopped: on the loop's own thread by serving. */
  void await(List<Route> stopped, @Nullable DispatchLoop loop) {
    if (loop != null && loop.isCurrentThread()) {
      serve(stopped, loop);
    } else {
      await(stopped, loop, block);
    }
  }

  /**
   * Serving may call the handler again that has stopped the routes, for the next occurrence, and it
   * may stop others. In a flood of signals that would not end before the stack does.
   */
  private void serve(List<Route> stopped, DispatchLoop loop) {
    if (nesting == MAX_NESTING) {
      stopped.stream().filter(route -> !route.isDrained()).forEach(route -> drop(route, loop));
      return;
    }
    nesting++;
    try {
      loop.serveUntilDrained(stopped);
    } finally {
      nesting--;
    }
  }

  /** Removes the route at once: in a flood there are many. */
  private void drop(Route route, DispatchLoop loop) {
    long accepted = block.accepted(route.signal);
    route.cut(accepted, false);
    routes.remove(route);
    route.counter.drop(route.covered(loop.dispatched(route.signal), accepted));
    TOO_DEEP.failed(
        Signal.of(route.signal),
        new IllegalStateException(
            "it was called " + MAX_NESTING + " deep; what was accepted last is dropped"));
  }

  /** Waits until all routes are drained; cuts those for which that does not come. */
  private static void await(List<Route> routes, @Nullable DispatchLoop loop, SharedBlock block) {
    boolean interrupted = false;
    long cutInUserCode = 0; // signals as bits
    long cutInHandler = 0;
    long start = System.nanoTime();
    long last = start;
    long userCodeNanos = 0; // of one inline handler or of many
    for (Route route : routes) {
      while (!route.isDrained()) {
        if (route.awaitDrained(SLICE_NANOS)) {
          break;
        }
        interrupted |= Thread.interrupted();
        long now = System.nanoTime();
        boolean runsInline = loop != null && loop.runsInline();
        userCodeNanos += runsInline ? now - last : 0;
        last = now;
        boolean isKept = userCodeNanos > USER_CODE_NANOS;
        if (isExiting(loop) || isKept || now - start > HANDLER_NANOS) {
          boolean inUserCode = runsInline || isKept;
          route.cut(block.accepted(route.signal), !inUserCode);
          cutInUserCode |= inUserCode ? SignalSet.bit(route.signal) : 0;
          cutInHandler |= inUserCode ? 0 : SignalSet.bit(route.signal);
          if (loop != null) {
            loop.wake(); // it removes the route when it gets on
          }
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    tellOfCut(cutInUserCode, "an inline handler that goes on");
    tellOfCut(cutInHandler, "a signal handler");
  }

  private static boolean isExiting(@Nullable DispatchLoop loop) {
    try {
      return loop != null && loop.isExiting();
    } catch (OutOfMemoryError e) {
      return false; // as far as is known
    }
  }

  private static void tellOfCut(long signals, String goesOn) {
    if (signals != 0) {
      Threads.later(() ->
          Log.warn(
              "registrations for "
                  + SignalSets.toSet(new SignalSet(signals))
                  + " have ended without waiting for "
                  + goesOn,
              null));
    }
  }
}
