package org.sigqueue.core;

import java.util.stream.IntStream;

/** An immutable set of signal numbers, 1 to 64, as one word. */
public record SignalSet(long bits) {
  /** The lowest signal number. */
  public static final int MIN = 1;

  /** The highest signal number: on Linux SIGRTMAX. */
  public static final int MAX = 64;

  /** The set without signals. */
  public static final SignalSet EMPTY = new SignalSet(0);

  /**
   * The set of these signals.
   *
   * @throws IllegalArgumentException if one is not in 1 to 64
   */
  public static SignalSet of(int... signals) {
    long bits = 0;
    for (int signal : signals) {
      bits |= bit(signal);
    }
    return new SignalSet(bits);
  }

  /**
   * The bit that stands for a signal in a word.
   *
   * @throws IllegalArgumentException if the signal is not in 1 to 64
   */
  public static long bit(int signal) {
    if (signal < MIN || signal > MAX) {
      throw new IllegalArgumentException("signal " + signal + " is not in " + MIN + ".." + MAX);
    }
    return 1L << (signal - 1);
  }

  /** Whether the signal is in this set; false for numbers that are no signals. */
  public boolean contains(int signal) {
    return signal >= MIN && signal <= MAX && (bits & bit(signal)) != 0;
  }

  /** Whether there is no signal in this set. */
  public boolean isEmpty() {
    return bits == 0;
  }

  /** The number of signals. */
  public int size() {
    return Long.bitCount(bits);
  }

  /** The signals of both sets. */
  public SignalSet union(SignalSet other) {
    return new SignalSet(bits | other.bits);
  }

  /** The signals of this set that are not in the other. */
  public SignalSet minus(SignalSet other) {
    return new SignalSet(bits & ~other.bits);
  }

  /** The signals that are in both sets. */
  public SignalSet intersection(SignalSet other) {
    return new SignalSet(bits & other.bits);
  }

  /** The signal numbers in ascending order. */
  public IntStream stream() {
    return IntStream.of(toArray());
  }

  /** The signal numbers in ascending order, in a new array. */
  public int[] toArray() {
    int[] signals = new int[size()];
    long left = bits;
    for (int i = 0; i < signals.length; i++, left &= left - 1) {
      signals[i] = Long.numberOfTrailingZeros(left) + MIN;
    }
    return signals;
  }

  /** The numbers in ascending order, between braces. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int signal : toArray()) {
      text.append(text.length() > 1 ? ", " : "").append(signal);
    }
    return text.append('}').toString();
  }
}
