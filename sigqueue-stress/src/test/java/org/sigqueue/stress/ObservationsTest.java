package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.source.Disposition;

/** Breaks one rule at a time, and expects to be told that one. */
class ObservationsTest {
  private static final Disposition DEFAULT = new Disposition(0, 0, 0, 0, false);
  private static final Disposition OTHER_FLAGS = new Disposition(0, 1, 0, 0, false);
  private static final Counts COUNTS = new Counts(10, 6, 3, 1);

  @Test
  void allRulesHold() {
    assertEquals(
        List.of(),
        new Observations(12, COUNTS, COUNTS, 6, 9, true, 0, DEFAULT, DEFAULT, List.of())
            .failures());
  }

  @Test
  void moreAcceptedThanSent() {
    assertFails(
        "accepted 10, but only 9 were sent",
        new Observations(9, COUNTS, COUNTS, 6, 9, true, 0, DEFAULT, DEFAULT, List.of()));
  }

  @Test
  void countsDoNotAddUp() {
    Counts missing = new Counts(10, 6, 3, 0);
    assertFails(
        "the counts do not add up: accepted 10 = delivered 6 + coalesced 3 + dropped 0",
        new Observations(12, missing, missing, 6, 9, true, 0, DEFAULT, DEFAULT, List.of()));
    Counts twice = new Counts(10, 6, 3, 2);
    assertFails(
        "the counts do not add up: accepted 10 = delivered 6 + coalesced 3 + dropped 2",
        new Observations(12, twice, twice, 6, 9, true, 0, DEFAULT, DEFAULT, List.of()));
  }

  @Test
  void receivedOtherThanDelivered() {
    assertFails(
        "delivered 6 events, received 5",
        new Observations(12, COUNTS, COUNTS, 5, 9, true, 0, DEFAULT, DEFAULT, List.of()));
    assertFails(
        "delivered and coalesced 9 occurrences, received 10",
        new Observations(12, COUNTS, COUNTS, 6, 10, true, 0, DEFAULT, DEFAULT, List.of()));
  }

  @Test
  void lastSignalLost() {
    assertFails(
        "the last signal was lost: it was not received in time",
        new Observations(12, COUNTS, COUNTS, 6, 9, false, 0, DEFAULT, DEFAULT, List.of()));
  }

  @Test
  void inconsistency() {
    assertFails(
        "signal handlers found the engine inconsistent 1 times",
        new Observations(12, COUNTS, COUNTS, 6, 9, true, 1, DEFAULT, DEFAULT, List.of()));
  }

  @Test
  void arrivalAfterStop() {
    Counts later = new Counts(11, 7, 3, 1);
    Observations observations =
        new Observations(12, COUNTS, later, 6, 9, true, 0, DEFAULT, DEFAULT, List.of());
    assertEquals(1, observations.failures().size());
    assertTrue(
        observations.failures().get(0).startsWith("something arrived after stop had returned"),
        observations.failures().get(0));
  }

  @Test
  void dispositionNotBack() {
    assertFails(
        "the disposition was " + DEFAULT + ", and is " + OTHER_FLAGS + " after stop",
        new Observations(12, COUNTS, COUNTS, 6, 9, true, 0, DEFAULT, OTHER_FLAGS, List.of()));
  }

  @Test
  void incident() {
    assertFails(
        "the receiver did not end",
        new Observations(
            12,
            COUNTS,
            COUNTS,
            6,
            9,
            true,
            0,
            DEFAULT,
            DEFAULT,
            List.of("the receiver did not end")));
  }

  private static void assertFails(String failure, Observations observations) {
    assertEquals(List.of(failure), observations.failures());
  }
}
