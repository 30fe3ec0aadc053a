package org.sigqueue.bench;

import java.util.Locale;
import java.util.Optional;

/**
 * What the project wants to reach, and what was measured of it.
 *
 * @param what in words
 * @param atMost whether the bound is an upper one
 * @param measured the ratio or quantity; empty if it was not measured
 */
record Target(String what, boolean atMost, double bound, Optional<Spread> measured) {
  static Target atMost(String what, double bound, Optional<Spread> measured) {
    return new Target(what, true, bound, measured);
  }

  static Target atLeast(String what, double bound, Optional<Spread> measured) {
    return new Target(what, false, bound, measured);
  }

  /** What a program in C reaches of the target before it. */
  static Target beside(String what, Optional<Spread> measured) {
    return new Target("(beside it: " + what + ")", true, Double.POSITIVE_INFINITY, measured);
  }

  private boolean isBeside() {
    return Double.isInfinite(bound);
  }

  /** Whether the median is within the bound. */
  boolean isMet() {
    return measured
        .map(spread -> atMost ? spread.median() <= bound : spread.median() >= bound)
        .orElse(false);
  }

  String wanted() {
    if (isBeside()) {
      return "-";
    }
    String number =
        bound == Math.rint(bound)
            ? String.format(Locale.ROOT, "%.0f", bound)
            : String.format(Locale.ROOT, "%.2f", bound);
    return (atMost ? "<= " : ">= ") + number;
  }

  String verdict() {
    if (isBeside()) {
      return "-";
    }
    return measured.isEmpty() ? "not measured" : isMet() ? "met" : "NOT met";
  }
}
