package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;

/**
 * An exponential backoff from loans in a storm, which is work for the loop: a batch costs it less
 * than a loan for each signal. Loans that follow each other faster than a thread wakes are a storm.
 *
 * <p>Any thread. Where takers of several channels race, one of their loans may not count: this only
 * decides what is faster.
 */
final class LoanBackoff {
  /** A loan that is asked for so soon, after the last one or after the backoff, is of a storm. */
  static final long STORM_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  /** The longest, and so the longest that a storm which is over still costs. */
  static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private volatile long nanos; // how long it is on, after the last loan was asked for
  private volatile long lastNanos = System.nanoTime() - STORM_NANOS; // when that was

  /** Whether nothing is to be lent at this time of {@link System#nanoTime}. */
  boolean isOn(long now) {
    long length = nanos;
    return length != 0 && now - lastNanos < length;
  }

  /** Counts a loan that a signal has ended, and that was asked for at this time. */
  void count(long asked) {
    long length = nanos;
    if (asked - lastNanos < length + STORM_NANOS) {
      nanos = Math.min(MAX_NANOS, Math.max(STORM_NANOS, 2 * length));
    } else if (length != 0) {
      nanos = 0;
    }
    lastNanos = asked;
  }
}
