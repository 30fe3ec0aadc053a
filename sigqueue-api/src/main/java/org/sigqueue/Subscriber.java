package org.sigqueue;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SignalSet;

/** Who can be registered for signals: what the dispatcher sees of channels and subscriptions. */
abstract class Subscriber {
  private final Set<Registry> registeredWith = ConcurrentHashMap.newKeySet();
  private final AtomicReferenceArray<@Nullable Tally> tallies =
      new AtomicReferenceArray<>(SignalSet.MAX + 1);

  /** What the dispatcher offers: valid only during the call. */
  interface Delivery {
    /** The occurrence, in an object that the next one reuses. */
    Occurrence occurrence();

    /** The occurrence, in an immutable object that all who ask share; made when first asked for. */
    SignalEvent event();

    /** How many occurrences of it are meant for this subscriber. */
    long count();
  }

  /**
   * Takes an occurrence, and adds all of it to the tally. Dispatcher thread only; never blocks.
   *
   * @return false if it was dropped
   */
  abstract boolean offer(Delivery delivery, Tally tally);

  /**
   * Nothing will be offered any more, because the dispatcher has failed. Dispatcher thread only;
   * never blocks.
   */
  abstract void fail(Throwable why);

  /**
   * Whether it takes no more registrations.
   *
   * @return what to throw then; null if it takes them
   */
  abstract @Nullable RuntimeException refusal();

  /** Remembers who may offer, so that {@link #stopEverywhere} finds it. Before {@link #refusal}. */
  final void register(Registry registry) {
    registeredWith.add(registry);
  }

  /**
   * Stops all registrations, and none can follow. Call it after {@link #refusal} has begun to
   * refuse.
   */
  final void stopEverywhere() {
    for (Registry registry : registeredWith) {
      registry.stop(this);
    }
  }

  /** The tally of a signal: one for the life of the subscriber. */
  final Tally tally(int signal) {
    Tally tally = tallies.get(signal);
    if (tally == null) {
      Tally created = new Tally();
      tally = tallies.compareAndSet(signal, null, created) ? created : tallies.get(signal);
    }
    return Objects.requireNonNull(tally);
  }

  final DeliveryStats statsOf(int signal) {
    Tally tally = tallies.get(signal);
    return tally == null ? DeliveryStats.NONE : tally.snapshot();
  }

  final DeliveryStats statsOfAll() {
    DeliveryStats sum = DeliveryStats.NONE;
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      sum = sum.plus(statsOf(signal));
    }
    return sum;
  }
}
