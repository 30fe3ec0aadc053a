package org.sigqueue.dispatch;

import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.source.SignalSource;

/**
 * One occurrence on its way along its routes; reused for the next one. Only the thread that has the
 * receiver's role may use it: the loop's own, or a borrower.
 */
final class Delivery {
  private static final Log.FailureReport FAILURES =
      new Log.FailureReport("the delivery of a signal");
  private static final int QUIT = 3;

  private final DispatchLoop loop;
  private final Routes routes;
  private final SignalSource source;
  private final Occurrence occurrence = new Occurrence();
  private final RecordedEvent view = RecordedEvent.view();
  private Route[] targets = Routes.NONE;
  private int next;
  private long before; // how many of its signal were dispatched before this one
  private long covered;
  private @Nullable RecordedEvent event;
  private PreviousAction vote = PreviousAction.NONE;

  Delivery(DispatchLoop loop, Routes routes, SignalSource source) {
    this.loop = loop;
    this.routes = routes;
    this.source = source;
  }

  /** Counts the occurrence as dispatched and offers it along its routes. */
  void deliver() {
    int signal = occurrence.signal;
    before = loop.count(occurrence);
    targets = routes.get(signal);
    next = 0;
    JfrEvents.received(occurrence);
    if (signal == QUIT && isHandshake(occurrence.timeNanos)) {
      dropForAll(); // it is for the JVM, which has got it as well
    } else {
      offerToAll();
    }
    forget();
  }

  /** Else a subscriber that has ended would stay reachable until the next signal. */
  private void forget() {
    if (isDone()) {
      targets = Routes.NONE;
      event = null;
      vote = PreviousAction.NONE;
    }
  }

  /** Whether it was offered along all routes. */
  boolean isDone() {
    return next >= targets.length;
  }

  /** Goes on, on the loop's own thread, where a borrower has stopped. */
  void resume() {
    if (!isDone()) {
      finish();
      forget();
    }
  }

  private void offerToAll() {
    try {
      vote = PreviousAction.vote(targets, before, before + occurrence.count, occurrence, source);
    } catch (Throwable e) { // no memory: the observers get it, and the signal counts as handled
      FAILURES.failed(e);
    }
    finish();
  }

  /** Also true for a QUIT that an error keeps from being told apart: it costs that occurrence. */
  private static boolean isHandshake(long acceptedNanos) {
    try {
      return new AttachHandshake().isHandshake(acceptedNanos);
    } catch (Throwable e) { // no memory
      FAILURES.failed(e);
      return true;
    }
  }

  private void dropForAll() {
    while (next < targets.length) {
      Route route = targets[next++];
      route.counter.drop(route.covered(before, before + occurrence.count));
    }
  }

  /** Offers it along the routes that are left; a borrower stops where the loop is needed. */
  void finish() {
    while (!isDone() && !(loop.isBorrowed() && targets[next].subscriber.needsLoop())) {
      Route route = targets[next++];
      covered = route.covered(before, before + occurrence.count);
      if (covered > 0) {
        offer(route);
      }
    }
  }

  private void offer(Route route) {
    Subscriber subscriber = route.subscriber;
    boolean delivered = false;
    try {
      if (subscriber.isInline()) {
        loop.beginInline();
      }
      if (route.isCut()) {
        route.counter.drop(covered);
      } else {
        delivered = subscriber.offer(this, route.counter);
      }
    } catch (Throwable e) {
      route.counter.drop(covered);
      FAILURES.failed(e);
    } finally {
      if (subscriber.isInline()) {
        loop.endInline();
      }
      if (!delivered && subscriber.votes()) {
        vote.cast(false);
      }
      JfrEvents.offered(delivered, occurrence.signal, covered, subscriber);
    }
  }

  /** The occurrence, in an object that the next one reuses. Valid only while it is offered. */
  Occurrence occurrence() {
    return occurrence;
  }

  /** The occurrence as an event that the next one is written over: without garbage. */
  RecordedEvent view() {
    view.fill(occurrence, covered);
    return view;
  }

  /** The occurrence as an event that all parties share; made when first asked for. */
  RecordedEvent event() {
    RecordedEvent made = event;
    if (made == null) {
      made = RecordedEvent.of(occurrence, vote);
      event = made;
    }
    return made;
  }

  /** How many occurrences of it are meant for the subscriber to which it is offered. */
  long count() {
    return covered;
  }

  /** The vote on whether the previous action follows; for a subscriber that votes. */
  PreviousAction vote() {
    return vote;
  }
}
