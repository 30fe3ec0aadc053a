package org.sigqueue.stress;

import java.util.ArrayList;
import java.util.List;

/**
 * The conservation rules for the occurrences that were meant for one channel.
 *
 * @param owner the channel or signal, for people; empty if there is only one
 * @param counts of the handlers and of the channel
 * @param takenEvents by the receiver, until the channel was empty
 * @param takenOccurrences the occurrences that these events stood for
 */
record ConservationCheck(String owner, Counts counts, long takenEvents, long takenOccurrences) {
  /** The rules that do not hold, in words. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    String of = owner.isEmpty() ? "" : owner + ": ";
    if (!counts.areComplete()) {
      failures.add(of + "the counts do not add up: " + counts);
    }
    if (takenEvents != counts.delivered()) {
      failures.add(of + "delivered " + counts.delivered() + " events, received " + takenEvents);
    }
    if (takenOccurrences != counts.receivable()) {
      failures.add(
          of
              + "delivered and coalesced "
              + counts.receivable()
              + " occurrences, received "
              + takenOccurrences);
    }
    return failures;
  }
}
