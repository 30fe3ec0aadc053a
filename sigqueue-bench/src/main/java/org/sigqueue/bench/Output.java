package org.sigqueue.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a measuring program prints: lines of a key and a number; a key may come again. */
final class Output {
  private final Map<String, List<Double>> values = new HashMap<>();

  /**
   * Reads the lines.
   *
   * @throws HarnessException if one is something else
   */
  Output(List<String> lines) {
    for (String line : lines) {
      int blank = line.indexOf(' ');
      try {
        values
            .computeIfAbsent(line.substring(0, Math.max(0, blank)), key -> new ArrayList<>())
            .add(Double.valueOf(line.substring(blank + 1)));
      } catch (NumberFormatException e) {
        throw new HarnessException("a peer has printed '" + line + "' instead of a number");
      }
    }
  }

  /** The number of a key that comes once. */
  double get(String key) {
    List<Double> all = all(key);
    if (all.size() != 1) {
      throw new HarnessException("a peer has printed '" + key + "' " + all.size() + " times");
    }
    return all.get(0);
  }

  /** The numbers of a key, in the order of the lines. */
  List<Double> all(String key) {
    return values.getOrDefault(key, List.of());
  }
}
