package org.sigqueue.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalChannel;
import org.sigqueue.stress.Lifecycles.Cycle;
import org.sigqueue.stress.ProcessFootprint.Sample;
import org.sigqueue.stress.ProcessFootprint.Tolerance;

/**
 * The rounds of {@link Churn} in this process: each round runs all cycles many times and measures
 * the process; the measures must be flat, by the rules of {@link ProcessFootprint#growth}.
 */
final class ChurnRun {
  /**
   * The result.
   *
   * @param cycles how many cycles were run, of all kinds together
   * @param failures the rules that did not hold, in words
   * @param footprint the first and the last measurement, in words
   */
  record Result(long cycles, long sent, long received, List<String> failures, String footprint) {}

  /**
   * The measures of success.
   *
   * @param rounds how many measurements there are: three at least
   * @param tolerance how far from flat the memory may be
   * @param patience how long what must end may take: idle threads, class loaders
   */
  record Limits(int rounds, Tolerance tolerance, Duration patience) {}

  private static final int FREQUENT_IN_BATCH = 100; // each kind; of the rare ones one
  private static final long LOOK_NANOS = 20_000_000;

  private final Lifecycles lifecycles;
  private final Duration duration;
  private final long cycles;
  private final ProcessFootprint footprint;
  private final Limits limits;
  private final Consumer<String> progress;
  private final List<String> failures = new ArrayList<>();
  private final List<Sample> samples = new ArrayList<>();
  private final Set<Thread> others = ProcessFootprint.threadsOfOurs(); // of this process
  private long batches;

  /**
   * Creates the run.
   *
   * @param duration how long to run if {@code cycles} is 0
   * @param cycles how often to run each frequent cycle; the rare ones a hundredth as often
   */
  ChurnRun(
      Lifecycles lifecycles,
      Duration duration,
      long cycles,
      ProcessFootprint footprint,
      Limits limits,
      Consumer<String> progress) {
    this.lifecycles = lifecycles;
    this.duration = duration;
    this.cycles = cycles;
    this.footprint = footprint;
    this.limits = limits;
    this.progress = progress;
  }

  /** Runs all rounds; an error ends them. Closes the lifecycles. */
  Result run() throws InterruptedException {
    long start = System.nanoTime();
    for (int round = 1; round <= limits.rounds() && failures.isEmpty(); round++) {
      long end = start + duration.toNanos() / limits.rounds() * round;
      long last = Math.max(1, cycles / FREQUENT_IN_BATCH * round / limits.rounds());
      do {
        batch();
      } while (failures.isEmpty() && (cycles > 0 ? batches < last : System.nanoTime() - end < 0));
      expectGone(
          "threads named " + ProcessFootprint.OURS + "*",
          () -> ProcessFootprint.threadsOfOursExcept(others));
      samples.add(footprint.sample());
      progress.accept("round " + round + " of " + limits.rounds() + ", " + samples.get(round - 1));
    }
    failures.addAll(ProcessFootprint.growth(samples, limits.tolerance()));
    if (lifecycles.sent() != lifecycles.received()) {
      failures.add("sent " + lifecycles.sent() + ", received " + lifecycles.received());
    }
    lifecycles.close();
    expectGone("class loaders", lifecycles::liveLoaders);
    return new Result(
        count(),
        lifecycles.sent(),
        lifecycles.received(),
        failures,
        count() + " cycles in " + ProcessFootprint.summary(samples));
  }

  private long count() {
    return batches
        * (lifecycles.frequent().size() * (long) FREQUENT_IN_BATCH + lifecycles.rare().size());
  }

  /** Every other batch with something else registered, so that the dispatcher need not start. */
  private void batch() {
    @Nullable SignalChannel anchor = batches++ % 2 == 0 ? null : lifecycles.anchor();
    for (int i = 0; i < FREQUENT_IN_BATCH && failures.isEmpty(); i++) {
      runAll(lifecycles.frequent());
    }
    runAll(lifecycles.rare());
    if (anchor != null) {
      anchor.close();
    }
  }

  private void runAll(Map<String, Cycle> all) {
    all.forEach((name, cycle) -> {
      try {
        cycle.run();
      } catch (Exception e) {
        failures.add(Errors.describe("the cycle '" + name + "'", e));
      }
    });
  }

  private void expectGone(String what, LongSupplier left) throws InterruptedException {
    boolean gone =
        Await.until(
            limits.patience(),
            () -> {
              if (left.getAsLong() == 0) {
                return true;
              }
              LockSupport.parkNanos(LOOK_NANOS);
              System.gc();
              return false;
            });
    if (!gone) {
      failures.add(left.getAsLong() + " " + what + " are left");
    }
  }
}
