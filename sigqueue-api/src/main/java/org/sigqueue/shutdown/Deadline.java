package org.sigqueue.shutdown;

import java.time.Duration;

/** A point in time by which something has to be over; it may move, but only closer. */
final class Deadline {
  private final long startNanos = System.nanoTime();
  private volatile long withinNanos;

  /** So much from now. */
  Deadline(Duration within) {
    withinNanos = within.toNanos();
  }

  /** Moves it to another one, unless that is later. Callers must synchronize; readers need not. */
  void shorten(Deadline other) {
    long left = other.leftNanos();
    if (left < leftNanos()) {
      withinNanos = passedNanos() + left;
    }
  }

  /** The time that is left; 0 if it is over. */
  long leftNanos() {
    return Math.max(0, withinNanos - passedNanos());
  }

  long passedNanos() {
    return System.nanoTime() - startNanos;
  }
}
