package org.sigqueue.dispatch;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;

/** A handler of a user that the dispatch loop calls itself. */
public final class InlineSubscriber extends Subscriber {
  private static final int OPEN = 0;
  private static final int RUNNING = 1;
  private static final int SHUT = 2;

  private final Predicate<? super SignalEvent> handler;
  private final boolean votes;
  private final Log.FailureReport report;
  private final AtomicLong failures = new AtomicLong();

  /** A call starts by the change from OPEN, so none starts after SHUT. */
  private final AtomicInteger gate = new AtomicInteger(OPEN);

  /**
   * Creates a subscriber. The VM need not load this class to verify a caller.
   *
   * @param handler called for each occurrence, with a view that the next one is written over; its
   *     result tells whether the signal is handled, if this votes
   * @param votes whether the previous action follows where nobody has handled the signal
   */
  public static Subscriber of(Predicate<? super SignalEvent> handler, boolean votes) {
    return new InlineSubscriber(handler, votes);
  }

  private InlineSubscriber(Predicate<? super SignalEvent> handler, boolean votes) {
    this.handler = handler;
    this.votes = votes;
    this.report = new Log.FailureReport("the inline handler ", handler);
  }

  @Override
  boolean offer(Delivery offer, DeliveryCounter counter) {
    boolean nested = gate.get() == RUNNING; // the handler itself has stopped something
    if (!nested && !gate.compareAndSet(OPEN, RUNNING)) {
      counter.drop(offer.count());
      return false;
    }
    boolean handled = false;
    counter.deliver(offer.count());
    try {
      handled = handler.test(offer.view());
    } catch (Throwable e) { // whatever it is, the other subscribers get their signal
      failures.incrementAndGet();
      report.failed(Signal.of(offer.occurrence().signal), e);
    } finally {
      if (!nested) {
        gate.compareAndSet(RUNNING, OPEN); // fails if it was shut meanwhile
      }
    }
    if (votes) {
      offer.vote().cast(handled);
    }
    return true;
  }

  @Override
  boolean votes() {
    return votes;
  }

  @Override
  boolean isInline() {
    return true;
  }

  @Override
  void shut() {
    gate.set(SHUT);
  }

  @Override
  void fail(Throwable why) {} // it is in the log

  @Override
  @Nullable RuntimeException refusal() {
    return null;
  }

  @Override
  long failures() {
    return failures.get();
  }
}
