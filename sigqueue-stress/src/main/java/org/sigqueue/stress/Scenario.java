package org.sigqueue.stress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.sigqueue.Signal;

/** A way to make life hard for the signal queue, and the rules that it must keep meanwhile. */
interface Scenario {
  /** How many threads send, a run for each, unless a scenario has its own. */
  List<Integer> USUAL_WORKERS = List.of(1, 2, 4, 8);

  /** The name for people and for {@code --scenario}: lower case, no blanks. */
  String name();

  /** The signal to send unless another is asked for. */
  default Signal usualSignal() {
    return Signal.USR1;
  }

  /** The numbers of senders unless others are asked for; a run for each. */
  default List<Integer> usualWorkers() {
    return USUAL_WORKERS;
  }

  /** How long they send unless another duration is asked for. */
  default Duration usualDuration() {
    return Duration.ofSeconds(3);
  }

  /** The delivery unless another is asked for, where source and parking strategy allow it. */
  default DeliveryMode usualDelivery() {
    return DeliveryMode.HANDLER;
  }

  /** The delivery to ask for in a run. */
  default DeliveryMode delivery(RunParameters run) {
    if (run.delivery() != null) {
      return run.delivery();
    }
    return ParkingChoice.waitsInKernel(run.source(), run.parking())
        ? usualDelivery()
        : DeliveryMode.HANDLER;
  }

  /** Why the scenario cannot run with a signal that can be received, if so. */
  default Optional<String> refusal(Signal signal) {
    return Optional.empty();
  }

  /**
   * Runs once. A failure is a result; an exception is for a run that could not begin.
   *
   * @param progress gets a few words, several times a second, about how far the run has got
   */
  RunResult run(RunParameters parameters, Consumer<String> progress) throws InterruptedException;
}
