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

  @Test
  void isOffBeforeTheFirstLoanAndAfterIt() {
    assertFalse(backoff.isOn(asked));
    backoff.count(asked);
    assertFalse(backoff.isOn(asked));
  }

  @Test
  void loansThatFollowOneAnotherSlowlyDoNotStartIt() {
    countAfter(0);
    for (int i = 0; i < 10; i++) {
      countAfter(STORM_NANOS);
      assertFalse(backoff.isOn(asked));
    }
  }

  @Test
  void isOnForTwiceAsLongAfterEachLoanOfAStormUpToALimit() {
    countAfter(0);
    long length = STORM_NANOS;
    countAfter(STORM_NANOS - 1);
    for (int i = 0; i < 10; i++) {
      assertLasts(length);
      countAfter(length + STORM_NANOS - 1);
      length = Math.min(MAX_NANOS, 2 * length);
    }
    assertLasts(MAX_NANOS);
  }

  @Test
  void loanThatIsAskedForLongAfterItEndsIt() {
    countAfter(0);
    countAfter(0);
    countAfter(0);
    assertLasts(2 * STORM_NANOS);
    countAfter(3 * STORM_NANOS);
    assertFalse(backoff.isOn(asked));
    countAfter(0);
    assertLasts(STORM_NANOS);
  }

  private void countAfter(long nanos) {
    asked += nanos;
    backoff.count(asked);
  }

  private void assertLasts(long length) {
    assertTrue(backoff.isOn(asked));
    assertTrue(backoff.isOn(asked + length - 1));
    assertFalse(backoff.isOn(asked + length));
  }
}
