package org.sigqueue.stress;

import java.util.ArrayList;
import java.util.List;
import org.sigqueue.core.source.Disposition;

/**
 * The counts and observations of a run with one channel, and the rules that they must keep.
 *
 * @param sent by all senders, the last signal included
 * @param counts when stop had returned
 * @param later the counts when all was over
 * @param takenEvents by the receiver, until the channel was closed and empty
 * @param takenOccurrences the occurrences that these events stood for
 * @param lastSignalDelivered whether the receiver got the last signal in time
 * @param inconsistencies found by handlers during the run
 * @param before the disposition of the signal before the run
 * @param after the disposition of the signal after stop
 * @param errors other failures, in words
 */
record Observations(
    long sent,
    Counts counts,
    Counts later,
    long takenEvents,
    long takenOccurrences,
    boolean lastSignalDelivered,
    int inconsistencies,
    Disposition before,
    Disposition after,
    List<String> errors) {

  /** The rules that do not hold, in words. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    failures.addAll(new ConservationCheck("", counts, takenEvents, takenOccurrences).failures());
    failures.addAll(
        ofProcess(sent, counts.accepted(), lastSignalDelivered, inconsistencies, before, after));
    if (!later.equals(counts)) {
      failures.add("something arrived after stop had returned: " + counts + "; later " + later);
    }
    failures.addAll(errors);
    return failures;
  }

  /** The rules for a signal that hold for any number of channels. */
  static List<String> ofProcess(
      long sent,
      long accepted,
      boolean lastSignalDelivered,
      int inconsistencies,
      Disposition before,
      Disposition after) {
    List<String> failures = new ArrayList<>();
    if (accepted > sent) {
      failures.add("accepted " + accepted + ", but only " + sent + " were sent");
    }
    if (!lastSignalDelivered) {
      failures.add("the last signal was lost: it was not received in time");
    }
    if (inconsistencies != 0) {
      failures.add("signal handlers found the engine inconsistent " + inconsistencies + " times");
    }
    if (!after.equals(before)) {
      failures.add("the disposition was " + before + ", and is " + after + " after stop");
    }
    return failures;
  }
}
