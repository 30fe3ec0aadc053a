package org.sigqueue.bench;

import java.time.Duration;

/**
 * How long a report measures.
 *
 * @param rounds how many times each is measured
 * @param warmup signals before those whose time is taken, at most
 * @param samples signals whose time is taken in each run
 * @param storm signals in each run of a storm
 * @param values real-time signals in each run
 * @param stress how long each run of the stress is
 * @param idle how long no signal comes
 * @param forks JVMs for each microbenchmark
 * @param iterations of each
 * @param millis of each iteration
 */
record Plan(
    int rounds,
    int warmup,
    int samples,
    int storm,
    int values,
    Duration stress,
    Duration idle,
    int forks,
    int iterations,
    int millis) {
  /** About twenty minutes on two CPUs with three rounds. */
  static Plan full(int rounds) {
    return new Plan(
        rounds,
        50_000,
        1000,
        300_000,
        100_000,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        1,
        5,
        500);
  }

  /** A few minutes, to see that all of it runs: the figures mean little. */
  static Plan quick() {
    return new Plan(
        1, 200, 50, 20_000, 5000, Duration.ofMillis(100), Duration.ofSeconds(1), 1, 1, 50);
  }
}
