package org.sigqueue.dispatch;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The end of a dispatch loop that has failed, on its own thread. First the process is as if nothing
 * were registered, then accepted occurrences are delivered, then the subscribers are told, then all
 * waiting threads are released, and the report comes last. A channel that could be registered again
 * before it is told would be closed although it is registered.
 *
 * <p>Each step is taken, whatever became of the one before. Where there is no memory it is taken
 * again, for a second: so each may be taken twice.
 */
final class FailedLoop {
  private static final int STEPS = 8;
  private static final int MAX_TRIES = 1_000;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final String FAILED =
      "the signal dispatcher has failed; its signals take their previous actions";
  private static final Log.FailureReport FAILURES =
      new Log.FailureReport("a step of the end of the dispatcher");

  private final DispatchLoop loop;
  private final Hub hub;
  private final LoopMask masks;
  private @Nullable Throwable why;
  private List<Route> routes = List.of();

  /** Made before anything fails: then there may be no memory. */
  FailedLoop(DispatchLoop loop, Hub hub, LoopMask masks) {
    this.loop = loop;
    this.hub = hub;
    this.masks = masks;
  }

  /** Ends the loop. Never throws. */
  void end(Throwable failure) {
    why = failure;
    for (int step = 0; step < STEPS; step++) {
      take(step);
    }
  }

  private void take(int step) {
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      try {
        step(step);
        return;
      } catch (OutOfMemoryError e) {
        LockSupport.parkNanos(this, PAUSE_NANOS);
      } catch (Throwable e) {
        FAILURES.failed(e);
        return;
      }
    }
  }

  private void step(int step) {
    switch (step) {
      case 0 -> masks.end();
      case 1 -> routes = hub.withdraw();
      case 2 -> hub.exclusive().leaveUnwanted();
      case 3 -> loop.deliverRest();
      case 4 -> tell(Objects.requireNonNull(why));
      case 5 -> hub.forget(loop, routes);
      case 6 -> routes.forEach(Route::setDrained);
      default -> Log.errorLater(FAILED, Objects.requireNonNull(why));
    }
  }

  private void tell(Throwable failure) {
    for (Route route : routes) {
      try {
        route.subscriber.fail(failure);
      } catch (OutOfMemoryError e) {
        throw e; // all are told again
      } catch (Throwable e) { // a bug; the others are told
        FAILURES.failed(e);
      }
    }
  }
}
