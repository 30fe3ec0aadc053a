package org.sigqueue;

/**
 * The outcome of the occurrences that were meant for a channel or a subscription. Each is in
 * exactly one of the three.
 *
 * @param delivered became an event of their own
 * @param coalesced were added to the count of an event
 * @param dropped found no room
 */
public record DeliveryStats(long delivered, long coalesced, long dropped) {
  static final DeliveryStats NONE = new DeliveryStats(0, 0, 0);

  /** All occurrences that were meant for it. */
  public long accepted() {
    return delivered + coalesced + dropped;
  }

  /** The sums of both. */
  public DeliveryStats plus(DeliveryStats other) {
    return new DeliveryStats(
        delivered + other.delivered, coalesced + other.coalesced, dropped + other.dropped);
  }
}
