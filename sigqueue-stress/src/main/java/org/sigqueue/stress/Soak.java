package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.sigqueue.Signal;
import org.sigqueue.stress.ProcessFootprint.Sample;

/**
 * The other scenarios in turn, again and again: each must pass each time, and the process must not
 * grow from round to round, by the rules of {@link ProcessFootprint#growth}.
 */
final class Soak implements Scenario {
  /** The name, which {@code all} does not include. */
  static final String NAME = "soak";

  private static final int LEAST_ROUNDS = 8; // the rules need thirds
  private static final Duration IDLE_THREADS_END = Duration.ofSeconds(60);
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
    return NAME;
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
    Duration part = partOf(parameters.duration());
    Counts counts = Counts.NONE;
    long sent = 0;
    boolean allLast = true;
    long start = System.nanoTime();
    Set<Thread> others = ProcessFootprint.threadsOfOurs(); // of this process, not of the soak
    // Rounds after the end of the time only if there are too few for the rules.
    while (failures.isEmpty()
        && (System.nanoTime() - start < parameters.duration().toNanos()
            || samples.size() < LEAST_ROUNDS)) {
      for (Scenario scenario : parts) {
        String where = "round " + (samples.size() + 1) + ", " + scenario.name();
        RunResult result =
            scenario.run(
                parametersOf(scenario, parameters, part),
                text -> progress.accept(where + ": " + text));
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
      // The threads that run callbacks end some time after the last one.
      if (!Await.until(IDLE_THREADS_END, () -> ProcessFootprint.threadsOfOursExcept(others) == 0)) {
        failures.add("round " + (samples.size() + 1) + ": threads of sigqueue are left");
      }
      samples.add(footprint.sample());
      progress.accept(
          "round " + samples.size() + ": " + samples.get(0) + "; now " + footprint.sample());
    }
    failures.addAll(ProcessFootprint.growth(samples, ProcessFootprint.USUAL));
    double seconds = Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    return RunResult.of(
        this,
        parameters,
        delivery(parameters),
        1,
        seconds,
        sent,
        counts,
        allLast,
        failures,
        ProcessFootprint.summary(samples));
  }

  private Duration partOf(Duration all) {
    Duration part = all.dividedBy(2L * LEAST_ROUNDS * parts.size());
    part = part.compareTo(LONGEST_PART) > 0 ? LONGEST_PART : part;
    return part.compareTo(SHORTEST_PART) < 0 ? SHORTEST_PART : part;
  }

  private static RunParameters parametersOf(Scenario scenario, RunParameters all, Duration part) {
    Signal signal =
        scenario.refusal(all.signal()).isEmpty() ? all.signal() : scenario.usualSignal();
    return new RunParameters(
        all.source(), all.parking(), all.delivery(), signal, all.workers(), part, all.seed());
  }
}
