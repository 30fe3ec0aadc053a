package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The load of a run: threads or processes that work at the same time until they are ended. */
interface Load {
  /** Makes the load of a run. */
  interface Factory {
    /**
     * Makes the load, and starts nothing.
     *
     * @param errors gets the errors of the running load, each of which ends the load
     */
    Load make(RunParameters parameters, Errors errors);
  }

  /** Starts the load. */
  void start() throws InterruptedException;

  /** Whether the load was ended, or has ended itself. */
  boolean isOver();

  /** Ends the load; on return nothing of it runs, unless it did not end in time. */
  void end(Duration deadline) throws InterruptedException;

  /** How many signals were sent; exact once the load has ended. */
  long sent();

  /** Several loads as one: started in this order, ended in the reverse order. */
  static Load group(List<Load> loads) {
    List<Load> reverse = new ArrayList<>(loads);
    Collections.reverse(reverse);
    return new Load() {
      @Override
      public void start() throws InterruptedException {
        for (Load load : loads) {
          load.start();
        }
      }

      @Override
      public boolean isOver() {
        return loads.stream().anyMatch(Load::isOver);
      }

      @Override
      public void end(Duration deadline) throws InterruptedException {
        for (Load load : reverse) {
          load.end(deadline);
        }
      }

      @Override
      public long sent() {
        return loads.stream().mapToLong(Load::sent).sum();
      }
    };
  }
}
