package org.sigqueue.stress;

import java.time.Duration;

/** Those who send in a run, all of them at once, until they are told to end. */
interface Senders {
  /** Makes the senders of a run. */
  interface Factory {
    /**
     * Makes them, and starts none.
     *
     * @param incidents is told what goes wrong while they send, which also ends the storm
     */
    Senders make(RunParameters parameters, Incidents incidents);
  }

  /** Starts to send. */
  void start() throws InterruptedException;

  /** Whether they were ended, or ended themselves. */
  boolean isOver();

  /** Ends them; on return nobody sends any more, unless one has not ended in time. */
  void end(Duration deadline) throws InterruptedException;

  /** How many times was sent; exact once they have ended. */
  long sent();
}
