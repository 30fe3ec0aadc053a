package org.sigqueue.stress;

import org.sigqueue.DeliveryStats;

/**
 * The accepted occurrences of a signal in a run, and their outcome in its channel.
 *
 * @param accepted by handlers
 * @param delivered as an event of their own
 * @param coalesced into another event
 * @param dropped because the channel was full
 */
record Counts(long accepted, long delivered, long coalesced, long dropped) {
  static final Counts NONE = new Counts(0, 0, 0, 0);

  /** The counts of a channel, or of several together. */
  static Counts of(long accepted, DeliveryStats stats) {
    return new Counts(accepted, stats.delivered(), stats.coalesced(), stats.dropped());
  }

  Counts plus(Counts other) {
    return new Counts(
        accepted + other.accepted,
        delivered + other.delivered,
        coalesced + other.coalesced,
        dropped + other.dropped);
  }

  /** Conservation: each accepted occurrence has become exactly one of the three. */
  boolean areComplete() {
    return accepted == delivered + coalesced + dropped;
  }

  /** How many occurrences the receiver gets, in {@code delivered} events. */
  long receivable() {
    return delivered + coalesced;
  }

  /** The equation that must hold. */
  @Override
  public String toString() {
    return "accepted "
        + accepted
        + " = delivered "
        + delivered
        + " + coalesced "
        + coalesced
        + " + dropped "
        + dropped;
  }
}
