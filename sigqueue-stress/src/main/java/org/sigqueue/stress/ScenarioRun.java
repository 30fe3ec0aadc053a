package org.sigqueue.stress;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.cli.console.Arguments.Durations;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.source.Disposition;

/**
 * One run of a scenario: register, load, settle, last signal, settle, unregister, result. Each step
 * has a deadline; settling has one for each time that something moves.
 *
 * <p>A subclass has the channels and knows their rules. All its methods are called by the thread
 * that runs the scenario, except that {@link #register} and the steps of {@link #completes} have a
 * thread each.
 */
abstract class ScenarioRun {
  private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);

  final RunParameters parameters;
  final SharedBlock block;
  final Errors errors = new Errors();
  private final Scenario scenario;
  private final Duration patience;
  private final Consumer<String> progress;
  private final int inconsistenciesBefore;
  private @Nullable SignalNotifier notifier;
  private volatile DeliveryMode delivery; // inline handlers read it
  private double seconds;

  /**
   * Prepares a run.
   *
   * @param patience how long to wait for what takes no time if all is well
   */
  ScenarioRun(
      Scenario scenario, RunParameters parameters, Duration patience, Consumer<String> progress) {
    this.scenario = scenario;
    this.parameters = parameters;
    this.patience = patience;
    this.progress = progress;
    this.block = parameters.source().block();
    this.inconsistenciesBefore = block.inconsistencies();
    this.delivery = scenario.delivery(parameters);
  }

  /** The signals that {@link #register} registers for. */
  abstract List<Signal> signals();

  /** Registers all that is to receive signals. */
  abstract void register(SignalNotifier notifier);

  /** The way that the signals take once they are registered. */
  DeliveryMode actualDelivery() {
    return DeliveryMode.of(parameters.source(), signals().get(0));
  }

  /** The load of this run; always the same. */
  abstract Load load();

  /** The counts so far. */
  abstract Counts counts();

  /** Whether all that was sent has come as far as it can. */
  abstract boolean isSettled();

  /** Why {@link #isSettled} is false, for people; the text changes as long as something moves. */
  abstract String state();

  /** Sends the last signal, and waits for it; whether it arrived in time. */
  abstract boolean sendLast() throws InterruptedException;

  /** Unregisters, and checks the rules. Also called if the run could not begin. */
  abstract RunResult finish(boolean lastSignalDelivered) throws InterruptedException;

  /** Runs once. */
  final RunResult execute() throws InterruptedException {
    boolean lastSignalDelivered = false;
    if (begin()) {
      try {
        runLoad();
        settle("the load");
        lastSignalDelivered = sendLast();
        settle("the last signal"); // a pending one would take the previous action after stop
      } catch (RuntimeException e) {
        errors.add(Thread.currentThread().getName(), e);
      }
    }
    return finish(lastSignalDelivered);
  }

  private boolean begin() throws InterruptedException {
    return completes(
        "register",
        () -> {
          SignalNotifier.Builder builder =
              SignalNotifier.builder()
                  .source(parameters.source())
                  .parking(parameters.parking())
                  .takeOverIgnored();
          delivery.apply(builder, signals());
          notifier = builder.build();
          register(notifier);
          delivery = actualDelivery();
        });
  }

  private void runLoad() throws InterruptedException {
    long start = System.nanoTime();
    Load load = load();
    try {
      load.start();
      start = System.nanoTime();
      while (!load.isOver() && System.nanoTime() - start < parameters.duration().toNanos()) {
        Duration left = parameters.duration().minusNanos(System.nanoTime() - start);
        Await.until(min(left, PROGRESS_INTERVAL), load::isOver);
        double soFar = (System.nanoTime() - start) / 1e9;
        long count = counts().delivered();
        progress.accept(
            String.format(
                Locale.ROOT, "%.1f s, delivered %d, %.0f/s", soFar, count, count / soFar));
      }
    } finally {
      load.end(patience);
      seconds = Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    }
  }

  /** Fails when nothing moves; how long all of it takes depends on the machine. */
  private void settle(String what) throws InterruptedException {
    String before;
    do {
      before = state();
      if (Await.until(patience, this::isSettled)) {
        return;
      }
    } while (!state().equals(before));
    errors.add(
        what + " is not settled, and stood still for " + Durations.text(patience) + ": " + before);
  }

  /** The notifier of this run, once it has begun. */
  final SignalNotifier notifier() {
    return Objects.requireNonNull(notifier);
  }

  /** The way of delivery; the requested one until the signals are registered. */
  final DeliveryMode delivery() {
    return delivery;
  }

  final Duration patience() {
    return patience;
  }

  /** Ends the notifier and all that is registered with it. */
  final void end() throws InterruptedException {
    if (notifier != null) {
      completes("close", notifier::close);
    }
  }

  /** Whether a step that could hang, or throw, does neither; if it does, that is an error. */
  final boolean completes(String what, Runnable step) throws InterruptedException {
    Optional<String> failure = Await.completion(what, patience, step);
    failure.ifPresent(errors::add);
    return failure.isEmpty();
  }

  /** Waits for the end of a thread; if it does not end, that is an error. */
  final void join(Thread thread) throws InterruptedException {
    thread.join(patience.toMillis());
    if (thread.isAlive()) {
      errors.add(thread.getName() + " did not end within " + Durations.text(patience));
    }
  }

  final Disposition disposition(Signal signal) {
    return parameters.source().disposition(signal.number());
  }

  /** Whether no handler runs for the signal, and no thread has it pending. */
  final boolean isThrough(Signal signal) {
    // In this order: one that is pending comes into flight.
    return PendingSignals.none(parameters.source(), List.of(signal))
        && block.inFlight(signal.number()) == 0;
  }

  /** How many times handlers found the engine inconsistent during the run. */
  final int inconsistencies() {
    return block.inconsistencies() - inconsistenciesBefore;
  }

  /** The result; it has passed if there are no failures. */
  final RunResult result(
      int channels, long sent, Counts counts, boolean lastSignalDelivered, List<String> failures) {
    return RunResult.of(
        scenario,
        parameters,
        delivery,
        channels,
        seconds,
        sent,
        counts,
        lastSignalDelivered,
        failures,
        null);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
