package org.sigqueue.shutdown;

import java.util.EnumMap;
import java.util.Map;
import org.sigqueue.Signal;

/**
 * The signals that a shutdown has seen, to tell a repetition from a demand for more. One stop often
 * arrives as several signals: from the terminal and from a wrapper that forwards, as INT and as the
 * TERM of a parent, from {@code timeout} to a process and to its group. Not thread-safe: callers
 * must synchronize.
 */
final class Repetitions {
  /** The request that a signal makes. */
  enum Request {
    /** The end: the first signal of its number. */
    NEW,
    /** The end that it has asked for a moment ago. */
    SAME,
    /** The end at once. */
    FORCE
  }

  private final long graceNanos;
  private final Map<Signal, Long> firstNanos = new EnumMap<>(Signal.class);

  /**
   * @param graceNanos how long after the first signal of a number another of the same number is the
   *     same request
   */
  Repetitions(long graceNanos) {
    this.graceNanos = graceNanos;
  }

  /** Judges a signal that was recorded at this time. */
  Request add(Signal signal, long timeNanos) {
    Long first = firstNanos.putIfAbsent(signal, timeNanos);
    if (first == null) {
      return Request.NEW;
    }
    return timeNanos - first < graceNanos ? Request.SAME : Request.FORCE;
  }
}
