package org.sigqueue.stress;

import org.sigqueue.DeliveryStats;

/**
 * How many occurrences of a signal were accepted in a run, and what became of them in its channel.
 *
 * @param accepted by handlers
 * @param delivered as an event of their own
 * @param coalesced into another event
 * @param dropped because the channel was full
 */
record Counts(long accepted, long delivered, long coalesced, long dropped) {
  /** The counts of a channel, or of some together. */
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

  /** Conservation: all that was accepted has become something, and nothing has twice. */
  boolean areComplete() {
    return accepted == delivered + coalesced + dropped;
  }

  /** How many occurrences the receiver is to get, in so many events as are {@code delivered}. */
  long receivable() {
    return delivered + coalesced;
  }

  /** As an equation that is to hold. */
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
