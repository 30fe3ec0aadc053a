package org.sigqueue.bench;

import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * Runs cases in turn, round after round, so that a change of the machine's mood meets all of them.
 *
 * @param count how many rounds
 * @param progress is told of each run, in one line
 */
record Rounds(int count, PrintWriter progress) {
  /**
   * Runs each case once in each round. A case that fails is not run again.
   *
   * @param label a case for people
   * @param summary a result for people
   */
  <T> Runs<T> run(
      List<Case> cases,
      Function<Case, String> label,
      Function<Case, T> measure,
      Function<T, String> summary) {
    Runs<T> runs = new Runs<>();
    Set<Case> failed = new HashSet<>();
    int done = 0;
    for (int round = 1; round <= count; round++) {
      for (Case each : cases) {
        done++;
        if (failed.contains(each)) {
          continue;
        }
        String what;
        try {
          T result = measure.apply(each);
          runs.add(each, result);
          what = summary.apply(result);
        } catch (HarnessException e) {
          failed.add(each);
          what = label.apply(each) + ": " + e.getMessage();
          runs.fail(each, what);
        }
        progress.println(
            String.format(
                Locale.ROOT,
                "[%d/%d] round %d: %s: %s",
                done,
                cases.size() * count,
                round,
                label.apply(each),
                what));
        progress.flush();
      }
    }
    return runs;
  }
}
