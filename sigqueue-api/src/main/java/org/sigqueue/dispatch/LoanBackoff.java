package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;

/**
 * An exponential backoff from loans in a storm, which is work for the loop: a batch costs it less
 * than a loan for each occurrence. Occurrences that come faster than a thread wakes are a storm.
 *
 * <p>Their rate from one loan to the next tells a storm. The time between two loans does not: a
 * thread may have waited for a CPU in it.
 */
final class LoanBackoff {
  /** Occurrences that are less than this apart, on average, are a storm. */
  static final long STORM_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /** The longest backoff. */
  static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  // Written by the borrower that has the role; read by each thread that asks for it.
  private volatile long nanos; // how long it is on, after the last loan was asked for
  private volatile long lastNanos = System.nanoTime() - STORM_NANOS; // when that was

  private long lastDispatched; // by the borrower alone

  /** Whether nothing is to be lent at this time of {@link System#nanoTime}. Any thread. */
  boolean isOn(long now) {
    long length = nanos;
    return length != 0 && now - lastNanos < length;
  }

  /**
   * Counts a loan that has brought the role. The caller still has it.
   *
   * @param asked when it was asked for
   * @param dispatched how many occurrences were dispatched until now, its own among them
   */
  void count(long asked, long dispatched) {
    boolean isStorm = asked - lastNanos < (dispatched - lastDispatched) * STORM_NANOS;
    nanos = isStorm ? Math.min(MAX_NANOS, Math.max(STORM_NANOS, 2 * nanos)) : 0;
    lastNanos = asked;
    lastDispatched = dispatched;
  }
}
