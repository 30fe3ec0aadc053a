package org.sigqueue;

import java.util.stream.IntStream;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

/** A snapshot of what a source has counted since it was opened. */
public final class SignalStats {
  private final long[] accepted;
  private final long[] lost;
  private final int inconsistencies;

  private SignalStats(SharedBlock block) {
    lost = count(block::lost); // first: what is lost is accepted
    accepted = count(block::accepted);
    inconsistencies = block.inconsistencies();
  }

  static SignalStats of(SharedBlock block) {
    return new SignalStats(block);
  }

  /** How many occurrences of the signal were accepted. */
  public long accepted(Signal signal) {
    return accepted[signal.number()];
  }

  /** How many of these were not recorded, because the ring was full: their details are lost. */
  public long detailsLost(Signal signal) {
    return lost[signal.number()];
  }

  /** How many inconsistencies signal handlers have found: 0 unless there is a bug. */
  public int inconsistencies() {
    return inconsistencies;
  }

  /** The counts of all signals that were accepted, by name. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("accepted:");
    IntStream.rangeClosed(SignalSet.MIN, SignalSet.MAX)
        .filter(signal -> accepted[signal] != 0)
        .forEach(signal -> {
          text.append(' ').append(Signal.of(signal)).append(' ').append(accepted[signal]);
          if (lost[signal] != 0) {
            text.append(" (").append(lost[signal]).append(" without details)");
          }
        });
    return text.toString();
  }

  private static long[] count(java.util.function.IntToLongFunction counter) {
    return IntStream.rangeClosed(0, SignalSet.MAX)
        .mapToLong(signal -> signal == 0 ? 0 : counter.applyAsLong(signal))
        .toArray();
  }
}
