package org.sigqueue;

/**
 * How events wait for a channel's takers or for a callback: coalesced by signal, or one by one up
 * to a capacity. Immutable.
 */
public final class SignalBuffer {
  private static final int MAX_CAPACITY = 1 << 20;
  private static final SignalBuffer COALESCING = new SignalBuffer(0);

  private final int capacity; // 0: coalescing

  private SignalBuffer(int capacity) {
    this.capacity = capacity;
  }

  /**
   * At most one event for each signal: occurrences that come before it is taken are coalesced into
   * it, and add to its count. Drops nothing and cannot grow. Events come in the order of the signal
   * numbers, with the details of the latest occurrence. The choice for standard signals, and for a
   * reload that must not run more often than needed, yet never miss the last request.
   */
  public static SignalBuffer coalescing() {
    return COALESCING;
  }

  /**
   * Every occurrence up to a capacity, in the order of recording ({@link SignalEvent#sequence});
   * the newest is dropped and counted when it is full. The choice for real-time signals and their
   * values.
   *
   * @param capacity how many events it holds at least: 1 to 1,048,576, rounded up to a power of two
   * @throws IllegalArgumentException if the capacity is not in this range
   */
  public static SignalBuffer queueing(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException("capacity " + capacity + " is not in 1.." + MAX_CAPACITY);
    }
    return new SignalBuffer(capacity);
  }

  /** Whether events of one signal are coalesced. */
  public boolean isCoalescing() {
    return capacity == 0;
  }

  /** How many events it holds at least; 0 if it is coalescing. */
  public int capacity() {
    return capacity;
  }
}
