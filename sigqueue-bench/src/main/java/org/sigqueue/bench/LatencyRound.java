package org.sigqueue.bench;

import org.HdrHistogram.Histogram;

/** What one run of the driver gave for one peer at one pace. */
final class LatencyRound {
  private static final int DIGITS = 3;

  /** Nanoseconds from before the kill until the peer's user code had counted the signal. */
  final Histogram times = new Histogram(DIGITS);

  /** How many signals were not counted within a second. */
  final long lost;

  /** The peer's CPU time, of all its threads, while the samples were taken. */
  final double cpuSeconds;

  LatencyRound(Output output) {
    output.all("sample").forEach(nanos -> times.recordValue(Math.round(nanos)));
    lost = Math.round(output.get("lost"));
    cpuSeconds = output.get("cpu_ns") / 1e9;
  }

  boolean isAnswered() {
    return times.getTotalCount() > 0;
  }

  double micros(double percentile) {
    return times.getValueAtPercentile(percentile) / 1e3;
  }

  double maxMicros() {
    return times.getMaxValue() / 1e3;
  }

  double cpuMicrosPerSignal() {
    return cpuSeconds * 1e6 / Math.max(1, times.getTotalCount() + lost);
  }
}
