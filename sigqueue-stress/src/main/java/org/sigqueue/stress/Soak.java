package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.sigqueue.Signal;
import org.sigqueue.core.Delivery;
import org.sigqueue.stress.ProcessFootprint.Sample;

/**
 * The other scenarios in turn, again and again: each must pass each time, and after each round the
 * process must have come back to what it was. Of the rounds, the first third sets the measure and
 * the last third is held against it; the rules are {@link ProcessFootprint#growth}'s.
 */
final class Soak implements Scenario {
  private static final int ROUNDS = 8; // at least, so that there are thirds
  private static final Duration LONGEST_PART = Duration.ofSeconds(5);
  private static final Duration SHORTEST_PART = Duration.ofMillis(100);

  private final List<Scenario> parts;
  private final ProcessFootprint footprint;

  Soak(List<Scenario> parts, ProcessFootprint footprint) {
    this.parts = List.copyOf(parts);
    this.footprint = footprint;
  }

  @Override
  public String name() {
    return "soak";
  }

  @Override
  public List<Integer> usualWorkers() {
    return List.of(2);
  }

  @Override
  public Duration usualDuration() {
    return Duration.ofHours(1);
  }

  @Override
  public RunResult run(RunParameters parameters, Consumer<String> progress)
      throws InterruptedException {
    List<Sample> samples = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    Duration part = parameters.duration().dividedBy(2L * ROUNDS * parts.size());
    part = part.compareTo(LONGEST_PART) > 0 ? LONGEST_PART : part;
    part = part.compareTo(SHORTEST_PART) < 0 ? SHORTEST_PART : part;
    Counts counts = new Counts(0, 0, 0, 0);
    long sent = 0;
    boolean allLast = true;
    long start = System.nanoTime();
    // A round more once the time is over only if there are too few for the rules.
    while (failures.isEmpty()
        && (System.nanoTime() - start < parameters.duration().toNanos()
            || samples.size() < ROUNDS)) {
      for (Scenario scenario : parts) {
        String where = "round " + (samples.size() + 1) + ", " + scenario.name();
        RunResult result =
            scenario.run(
                of(scenario, parameters, part), text -> progress.accept(where + ": " + text));
        sent += result.sent();
        counts =
            counts.plus(
                new Counts(
                    result.accepted() * result.channels(),
                    result.delivered(),
                    result.coalesced(),
                    result.dropped()));
        allLast &= result.lastSignalDelivered();
        if (result.failures() != null) {
          result.failures().forEach(failure -> failures.add(where + ": " + failure));
        }
      }
      samples.add(footprint.sample());
      progress.accept(
          "round " + samples.size() + ": " + samples.get(0) + "; now " + footprint.sample());
    }
    failures.addAll(ProcessFootprint.growth(samples));
    return new RunResult(
        name(),
        parameters.parking().name(),
        Converters.Deliveries.text(
            parameters.delivery() == null ? Delivery.HANDLER : parameters.delivery()),
        parameters.workers(),
        1,
        Math.round((System.nanoTime() - start) / 1e6) / 1e3,
        sent,
        counts.accepted(),
        counts.delivered(),
        counts.coalesced(),
        counts.dropped(),
        allLast,
        failures.isEmpty(),
        failures.isEmpty() ? null : failures,
        ProcessFootprint.summary(samples));
  }

  private static RunParameters of(Scenario scenario, RunParameters all, Duration part) {
    Signal signal =
        scenario.refusal(all.signal()).isEmpty() ? all.signal() : scenario.usualSignal();
    return new RunParameters(
        all.source(), all.parking(), all.delivery(), signal, all.workers(), part, all.seed());
  }
}
