package org.sigqueue.cli.console;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The allowed name that is most like a wrong one. */
public final class NearestName {
  private NearestName() {}

  /** The allowed name that takes the fewest changes to get; empty if none is near. */
  public static Optional<String> of(String written, Collection<String> allowed) {
    String key = written.toLowerCase(Locale.ROOT);
    int most = 1 + written.length() / 4;
    return allowed.stream()
        .filter(name -> distance(key, name.toLowerCase(Locale.ROOT)) <= most)
        .min(Comparator.comparingInt(name -> distance(key, name.toLowerCase(Locale.ROOT))));
  }

  /** As {@link #of}, as the end of a sentence: {@code "; did you mean X?"} or nothing. */
  public static String hint(String written, Collection<String> allowed) {
    return of(written, allowed).map(name -> "; did you mean " + name + "?").orElse("");
  }

  /** How many characters to insert, remove, replace or swap with their neighbour. */
  static int distance(String one, String other) {
    int[][] cost = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        boolean same = one.charAt(i - 1) == other.charAt(j - 1);
        cost[i][j] =
            Math.min(
                Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + (same ? 0 : 1));
        if (i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[one.length()][other.length()];
  }
}
