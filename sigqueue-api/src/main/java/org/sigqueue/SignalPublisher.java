package org.sigqueue;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;

/**
 * Publishes the events of some signals to subscribers that say how many they can take: Reactive
 * Streams.
 *
 * <p>Each subscriber has its own registration, from {@link #subscribe} until it cancels, and a
 * buffer for what it has not requested yet; an event that finds the buffer full is dropped and
 * counted. Subscribers are called on the notifier's executor, {@code onSubscribe} by the thread
 * that subscribes. The stream ends when this or the notifier is closed, after what is in the
 * buffer; it fails if a signal cannot be received, with an {@link UnsupportedSignalException}. All
 * methods may be called from any thread.
 */
public final class SignalPublisher implements Flow.Publisher<SignalEvent>, AutoCloseable {
  /** What subscribers of a {@link SignalPublisher} get with {@code onSubscribe}. */
  public interface CountedSubscription extends Flow.Subscription {
    /** What became of the occurrences that were meant for this subscriber. */
    DeliveryStats stats();

    /**
     * Ends the registration: on return no signal is accepted for this subscriber any more. At most
     * one event that is on its way follows; those in the buffer are discarded. Idempotent.
     */
    @Override
    void cancel();
  }

  static final int DEFAULT_CAPACITY = Flow.defaultBufferSize();
  private static final int MAX_CAPACITY = 1 << 20;

  private final SignalNotifier notifier;
  private final Dependents dependents;
  private final int capacity;
  private final List<Signal> signals;
  private final Tally total = new Tally();
  private final Set<PublisherSubscription> subscriptions = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private SignalPublisher(
      SignalNotifier notifier, Dependents dependents, int capacity, List<Signal> signals) {
    this.notifier = notifier;
    this.dependents = dependents;
    this.capacity = capacity;
    this.signals = signals;
  }

  /**
   * Creates a publisher.
   *
   * @param capacity how many events a subscriber's buffer holds at least: 1 to 1,048,576, rounded
   *     up to a power of two
   * @throws IllegalArgumentException if the capacity is not in this range, or no signal is given
   */
  static SignalPublisher on(
      SignalNotifier notifier, Dependents dependents, int capacity, Signal... signals) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException("capacity " + capacity + " is not in 1.." + MAX_CAPACITY);
    }
    if (signals.length == 0) {
      throw new IllegalArgumentException("signals is empty; name those to publish");
    }
    return new SignalPublisher(notifier, dependents, capacity, List.of(signals));
  }

  /**
   * Registers for the signals and calls {@code onSubscribe} with a {@link CountedSubscription}. A
   * signal that comes after that is in the stream.
   */
  @Override
  public void subscribe(Flow.Subscriber<? super SignalEvent> subscriber) {
    PublisherSubscription subscription =
        new PublisherSubscription(
            this, dependents, capacity, Objects.requireNonNull(subscriber, "subscriber"));
    if (!closed && !dependents.isClosed()) {
      subscription.register(notifier, signals.toArray(new Signal[0]));
    }
    subscriptions.add(subscription);
    dependents.add(subscription, subscription::end);
    if (closed) {
      subscription.end();
    }
    subscription.open();
  }

  /**
   * Ends the stream of all subscribers, after what is in their buffers, and of those that subscribe
   * from now on. On return no signal is accepted for them any more. Idempotent.
   */
  @Override
  public void close() {
    closed = true; // before the ends: none can be missed
    subscriptions.forEach(PublisherSubscription::end);
  }

  /**
   * What became of the occurrences that were meant for all subscribers, those of before as well.
   */
  public DeliveryStats stats() {
    return total.snapshot();
  }

  /** Counts for all subscribers. */
  Tally total() {
    return total;
  }

  void forget(PublisherSubscription subscription) {
    subscriptions.remove(subscription);
    dependents.remove(subscription);
  }
}
