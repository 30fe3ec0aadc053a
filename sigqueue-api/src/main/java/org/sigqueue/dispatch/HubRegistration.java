package org.sigqueue.dispatch;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.core.SignalSet;

/** The handle of one registration. The routes that it holds are all there is to undo. */
final class HubRegistration implements Registration {
  private static final SignalSet ALL = new SignalSet(-1);

  private final Hub hub;
  private final SignalSet signals; // at first
  final Owner owner;
  final Subscriber subscriber;

  HubRegistration(Hub hub, Owner owner, Subscriber subscriber, SignalSet signals) {
    this.hub = hub;
    this.owner = owner;
    this.subscriber = subscriber;
    this.signals = signals;
  }

  @Override
  public void close() {
    try {
      hub.end(this, ALL);
    } finally {
      subscriber.shut();
    }
  }

  @Override
  public boolean close(Duration timeout) throws InterruptedException {
    long start = System.nanoTime();
    try {
      hub.end(this, ALL);
      long left = Math.max(0, TimeUnit.NANOSECONDS.convert(timeout));
      return subscriber.awaitIdle(left - (System.nanoTime() - start));
    } finally {
      subscriber.shut();
    }
  }

  @Override
  public void remove(Signal... signals) {
    hub.end(this, SignalSets.nonEmpty(signals));
  }

  @Override
  public DeliveryStats stats() {
    return subscriber.stats();
  }

  @Override
  public long failures() {
    return subscriber.failures();
  }

  /** The signals that it was made for, and what became of them. */
  @Override
  public String toString() {
    return "Registration(" + SignalSets.toSet(signals) + ", " + stats() + ")";
  }
}
