package org.sigqueue.stress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.sigqueue.Signal;

/** A way to make signals difficult. */
interface Scenario {
  /** How many threads send, a run for each, unless a scenario has its own. */
  List<Integer> USUAL_WORKERS = List.of(1, 2, 4, 8);

  /** The name to show to people: lower case, no blanks. */
  String name();

  /** The signal to send unless another is asked for. */
  default Signal usualSignal() {
    return Signal.USR1;
  }

  /** How many senders there are unless another number is asked for; a run for each. */
  default List<Integer> usualWorkers() {
    return USUAL_WORKERS;
  }

  /** How long they send unless another duration is asked for. */
  default Duration usualDuration() {
    return Duration.ofSeconds(3);
  }

  /** Why this cannot be done with a signal that can be received, if so. */
  default Optional<String> refusal(Signal signal) {
    return Optional.empty();
  }

  /**
   * Runs once. What goes wrong is a result; an exception is for a run that could not begin.
   *
   * @param progress is told in a few words, several times a second, how far the run has got
   */
  RunResult run(RunParameters parameters, Consumer<String> progress) throws InterruptedException;
}
