package org.sigqueue.dispatch;

import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalEvent;

/** Code of this library that the dispatch loop calls itself: short, and never code of a user. */
public final class InternalSubscriber extends Subscriber {
  /** The action; called on the thread of the dispatch loop; must not block. */
  public interface Listener {
    /** An event came. */
    void onSignal(SignalEvent event);

    /** No event follows, because the registration has ended. */
    void onEnd();

    /** No event follows, because the dispatch loop has failed. */
    void onFailure(Throwable why);
  }

  private final Listener listener;

  /** Creates a subscriber. */
  public InternalSubscriber(Listener listener) {
    this.listener = listener;
  }

  @Override
  boolean offer(Delivery offer, DeliveryCounter counter) {
    listener.onSignal(offer.event().withCount(offer.count()));
    counter.deliver(offer.count());
    return true;
  }

  @Override
  boolean needsLoop() {
    return true; // a context may take the previous action
  }

  @Override
  void shut() {
    listener.onEnd();
  }

  @Override
  void fail(Throwable why) {
    listener.onFailure(why);
  }

  @Override
  @Nullable RuntimeException refusal() {
    return null;
  }
}
