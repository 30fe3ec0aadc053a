package org.sigqueue.bench;

import java.util.Collection;

/** What several rounds gave for one quantity. */
record Spread(double median, double min, double max) {
  /** The spread of these values, of which there is at least one. */
  static Spread of(Collection<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** For people: the median, and from where to where. */
  String text(int decimals) {
    return Table.number(median, decimals)
        + " ("
        + Table.number(min, decimals)
        + ".."
        + Table.number(max, decimals)
        + ")";
  }
}
