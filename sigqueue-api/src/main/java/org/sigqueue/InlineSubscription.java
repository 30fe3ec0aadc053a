package org.sigqueue;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls its handler on the dispatcher thread. */
final class InlineSubscription extends Subscriber implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private final InlineHandler handler;
  private final AtomicLong failures = new AtomicLong();
  private volatile boolean closed;

  InlineSubscription(InlineHandler handler) {
    this.handler = handler;
  }

  @Override
  boolean offer(Delivery delivery, Tally tally) {
    tally.deliver(delivery.count());
    try {
      handler.onSignal(delivery.occurrence());
    } catch (Throwable e) { // whatever it is, the other subscribers get their signal
      failures.incrementAndGet();
      LOG.error("an inline signal handler has failed", e);
    }
    return true;
  }

  /** There is nobody to tell: it is in the log. */
  @Override
  void fail(Throwable why) {}

  @Override
  @Nullable RuntimeException refusal() {
    return closed ? new IllegalStateException("the subscription is closed") : null;
  }

  @Override
  public void close() {
    closed = true;
    stopEverywhere();
  }

  @Override
  public DeliveryStats stats() {
    return statsOfAll();
  }

  @Override
  public long failures() {
    return failures.get();
  }
}
