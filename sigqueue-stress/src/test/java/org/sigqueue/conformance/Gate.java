package org.sigqueue.conformance;

import java.util.concurrent.CountDownLatch;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;

/**
 * Holds the dispatcher: signals that are accepted while the gate is shut are delivered when it
 * opens.
 */
public final class Gate implements AutoCloseable {
  public static final Signal SIGNAL = Signal.rtMin(12);

  private final CountDownLatch inside = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final Registration subscription;

  private Gate(SignalNotifier notifier) {
    subscription = notifier.subscribeInline(event -> hold(), SIGNAL);
  }

  /** Returns when the dispatcher is held. */
  public static Gate shut(SignalNotifier notifier) throws InterruptedException {
    Gate gate = new Gate(notifier);
    notifier.raise(SIGNAL);
    gate.inside.await();
    return gate;
  }

  private void hold() {
    inside.countDown();
    try {
      opened.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Lets the dispatcher go on. */
  public void open() {
    opened.countDown();
  }

  @Override
  public void close() {
    open();
    subscription.close();
  }
}
