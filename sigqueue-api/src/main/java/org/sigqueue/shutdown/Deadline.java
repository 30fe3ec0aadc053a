package org.sigqueue.shutdown;

import java.time.Duration;

/** A point in time by which something has to be over. Immutable. */
final class Deadline {
  private final long startNanos = System.nanoTime();
  private final long withinNanos;

  /** So much from now. */
  Deadline(Duration within) {
    withinNanos = within.toNanos();
  }

  /** The time from its creation. */
  Duration within() {
    return Duration.ofNanos(withinNanos);
  }

  /** The time that is left; 0 if it is over. */
  long leftNanos() {
    return Math.max(0, withinNanos - passedNanos());
  }

  long passedNanos() {
    return System.nanoTime() - startNanos;
  }
}
