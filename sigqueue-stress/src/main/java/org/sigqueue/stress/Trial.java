package org.sigqueue.stress;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.stress.Converters.Durations;

/** One run of a scenario: the steps that all of them take, each with a deadline, and the result. */
final class Trial {
  /** How long the last signal may take. */
  static final Duration LAST_SIGNAL_DEADLINE = Duration.ofSeconds(1);

  private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);

  final RunParameters parameters;
  final SharedBlock block;
  final Incidents incidents = new Incidents();
  private final Scenario scenario;
  private final Duration patience;
  private final Consumer<String> progress;
  private final int inconsistenciesBefore;
  private @Nullable SignalNotifier notifier;
  private double seconds;

  /**
   * Prepares a run.
   *
   * @param patience how long to wait for what takes no time if all is well
   */
  Trial(Scenario scenario, RunParameters parameters, Duration patience, Consumer<String> progress) {
    this.scenario = scenario;
    this.parameters = parameters;
    this.patience = patience;
    this.progress = progress;
    this.block = parameters.source().block();
    this.inconsistenciesBefore = block.inconsistencies();
  }

  /** Makes the notifier and subscribes with it; false if that failed, and nothing can follow. */
  boolean begin(Consumer<SignalNotifier> subscribe) throws InterruptedException {
    return completes(
        "notify",
        () -> {
          SignalNotifier.Builder builder =
              SignalNotifier.builder()
                  .source(parameters.source())
                  .parking(parameters.parking())
                  .takeOverIgnored();
          if (parameters.delivery() != null) {
            builder.delivery(parameters.delivery());
          }
          notifier = builder.build();
          subscribe.accept(notifier);
        });
  }

  /** The notifier of this run, once it has begun. */
  SignalNotifier notifier() {
    return Objects.requireNonNull(notifier);
  }

  /** Ends the notifier and all that it has subscribed. */
  void end() throws InterruptedException {
    if (notifier != null) {
      completes("close", notifier::close);
    }
  }

  /** Whether a step that could hang, or throw, does neither. */
  boolean completes(String what, Runnable step) throws InterruptedException {
    Optional<String> failure = Await.completion(what, patience, step);
    failure.ifPresent(incidents::add);
    return failure.isEmpty();
  }

  /** The storm itself. */
  void rage(Senders senders, LongSupplier delivered) throws InterruptedException {
    long start = System.nanoTime();
    try {
      senders.start();
      start = System.nanoTime();
      while (!senders.isOver() && System.nanoTime() - start < parameters.duration().toNanos()) {
        Duration left = parameters.duration().minusNanos(System.nanoTime() - start);
        Await.until(min(left, PROGRESS_INTERVAL), senders::isOver);
        double soFar = (System.nanoTime() - start) / 1e9;
        long count = delivered.getAsLong();
        progress.accept(
            String.format(
                Locale.ROOT, "%.1f s, delivered %d, %.0f/s", soFar, count, count / soFar));
      }
    } finally {
      senders.end(patience);
      seconds = Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    }
  }

  /** Waits until all that was sent has come as far as it can; that it does not is an incident. */
  void settle(String what, BooleanSupplier condition, Supplier<String> state)
      throws InterruptedException {
    if (!Await.until(patience, condition)) {
      incidents.add(
          what + " did not settle within " + Durations.text(patience) + ": " + state.get());
    }
  }

  /** Waits for a thread that is to end; that it does not is an incident. */
  void join(Thread thread) throws InterruptedException {
    thread.join(patience.toMillis());
    if (thread.isAlive()) {
      incidents.add(thread.getName() + " did not end within " + Durations.text(patience));
    }
  }

  /** How many times handlers found the engine inconsistent in the course of the run. */
  int inconsistencies() {
    return block.inconsistencies() - inconsistenciesBefore;
  }

  /** The result; it has passed if there are no failures. */
  RunResult result(
      Delivery delivery,
      int channels,
      long sent,
      Counts counts,
      boolean lastSignalDelivered,
      List<String> failures) {
    return new RunResult(
        scenario.name(),
        parameters.parking().name(),
        Converters.Deliveries.text(delivery),
        parameters.workers(),
        channels,
        seconds,
        sent,
        counts.accepted(),
        counts.delivered(),
        counts.coalesced(),
        counts.dropped(),
        lastSignalDelivered,
        failures.isEmpty(),
        failures.isEmpty() ? null : failures,
        null);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
