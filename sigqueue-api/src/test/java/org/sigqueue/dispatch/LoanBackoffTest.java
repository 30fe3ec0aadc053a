package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigqueue.dispatch.LoanBackoff.MAX_NANOS;
import static org.sigqueue.dispatch.LoanBackoff.STORM_NANOS;

import org.junit.jupiter.api.Test;

/** When nothing is lent, at times that are told. */
class LoanBackoffTest {
  private final LoanBackoff backoff = new LoanBackoff();
  private long asked = Long.MAX_VALUE - 1; // so that later times are negative
  private long dispatched;

  @Test
  void isOffBeforeTheFirstLoanAndAfterIt() {
    assertFalse(backoff.isOn(asked));
    countAfter(0, 1);
    assertFalse(backoff.isOn(asked));
  }

  @Test
  void signalsThatComeSlowlyDoNotStartIt() {
    countAfter(0, 1);
    for (int i = 0; i < 10; i++) {
      countAfter(STORM_NANOS, 1);
      assertFalse(backoff.isOn(asked));
    }
  }

  @Test
  void burstAfterAQuietTimeDoesNotStartIt() {
    countAfter(0, 1);
    countAfter(100 * STORM_NANOS, 100);
    assertFalse(backoff.isOn(asked));
  }

  @Test
  void isOnForTwiceAsLongAfterEachLoanOfAStormUpToALimit() {
    countAfter(0, 1);
    long length = STORM_NANOS;
    countAfter(STORM_NANOS - 1, 1);
    for (int i = 0; i < 10; i++) {
      assertLasts(length);
      countAfter(length, length / STORM_NANOS + 1);
      length = Math.min(MAX_NANOS, 2 * length);
    }
    assertLasts(MAX_NANOS);
  }

  @Test
  void stormGoesOnWhileTheTakerWaitsForACpu() {
    startStorm();
    countAfter(100 * STORM_NANOS, 101);
    assertLasts(2 * STORM_NANOS);
  }

  @Test
  void loanWithFewSignalsSinceTheLastEndsIt() {
    startStorm();
    countAfter(2 * STORM_NANOS, 2);
    assertFalse(backoff.isOn(asked));
    countAfter(0, 1);
    assertLasts(STORM_NANOS);
  }

  @Test
  void senderWhosePeriodDividesTheLengthDoesNotKeepItOn() {
    startStorm();
    for (int i = 0; i < 10; i++) {
      countAfter(MAX_NANOS, MAX_NANOS / STORM_NANOS + 1);
    }
    assertLasts(MAX_NANOS);
    countAfter(MAX_NANOS, MAX_NANOS / STORM_NANOS);
    assertFalse(backoff.isOn(asked));
  }

  private void startStorm() {
    countAfter(0, 1);
    countAfter(0, 1);
    assertLasts(STORM_NANOS);
  }

  private void countAfter(long nanos, long occurrences) {
    asked += nanos;
    dispatched += occurrences;
    backoff.count(asked, dispatched);
  }

  private void assertLasts(long length) {
    assertTrue(backoff.isOn(asked));
    assertTrue(backoff.isOn(asked + length - 1));
    assertFalse(backoff.isOn(asked + length));
  }
}
