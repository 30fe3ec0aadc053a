package org.sigqueue.bench.harness;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Rounds;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code latency}: the time from before a {@code kill(2)} in another process until the user's code
 * has run, and the number of wake-ups in the receiving process.
 */
@Command(
    name = "latency",
    description = {
      "Time from a kill(2) by another process until the user's code runs, beside the limits in C.",
      "One signal is on its way at a time. While it is, the driver watches without giving",
      "up its CPU, so on two CPUs a peer has one; in between it sleeps if the pace allows.",
      "Wake-ups are the voluntary context switches of all threads of the peer: their number does",
      "not depend on how busy the machine is."
    })
public final class Latency extends BenchCommand<Latency.Round> {
  /**
   * The ratio between the highest and the lowest p50 that a peer in C may have in the rounds of a
   * run whose times are worth comparing. The peers in C do the same work each time, so a larger one
   * comes from the machine, and it is larger than the differences that the targets are about.
   */
  static final double NOISE_LIMIT = 1.25;

  /** The limits: a handler that hands the signal to a thread, and a thread that waits for it. */
  private static final List<String> REFERENCES = List.of("c-futex", "c-sigwaitinfo");

  @Option(
      names = "--pace",
      split = ",",
      paramLabel = "TIME",
      defaultValue = "30us,1ms",
      converter = Converters.Durations.class,
      description = "The least time between two signals. Default: ${DEFAULT-VALUE}")
  private List<Duration> paces = List.of();

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1500",
      converter = Converters.Signals.class,
      description = "Signals in each run. Default: ${DEFAULT-VALUE}")
  private int samples;

  @Option(
      names = "--warmup",
      split = ",",
      paramLabel = "N",
      defaultValue = "50000,300",
      converter = Converters.Warmup.class,
      description = {
        "Signals before them, without a pause, for 5 s at most: a JVM compiles what it runs often,",
        "but real signals are rare and find cold code. Default: ${DEFAULT-VALUE}"
      })
  private List<Integer> warmups = List.of();

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "0",
      converter = Converters.Cpus.class,
      description = "On how many CPUs a peer may run; 0: on all. Default: ${DEFAULT-VALUE}")
  private int cpus;

  /** One run of the driver for one peer. */
  public static final class Round {
    private static final int DIGITS = 3;

    private final Histogram nanos = new Histogram(DIGITS);
    private final long lost; // not counted within a second
    private final double cpuSeconds; // of all threads, while the samples were taken
    private final double wakeups; // of all threads, while the samples were taken

    private Round(Programs.Output output) {
      output.all("sample").forEach(sample -> nanos.recordValue(Math.round(sample)));
      lost = Math.round(output.get("lost"));
      cpuSeconds = output.get("cpu_ns") / 1e9;
      wakeups = output.get("wakeups");
    }

    /** The latencies. */
    public Histogram nanos() {
      return nanos;
    }

    /** A percentile in microseconds; NaN if no signal was answered. */
    public double micros(double percentile) {
      return nanos.getTotalCount() == 0 ? Double.NaN : nanos.getValueAtPercentile(percentile) / 1e3;
    }

    /** The wake-ups in the peer for each signal. */
    public double wakeupsPerSignal() {
      return wakeups / signals();
    }

    private double cpuMicrosPerSignal() {
      return cpuSeconds * 1e6 / signals();
    }

    private long signals() {
      return Math.max(1, nanos.getTotalCount() + lost);
    }
  }

  /** The condition of the cases with this warm-up. */
  public static String condition(int warmup) {
    return "after " + warmup + " signals";
  }

  @Override
  PeerSet peerSet() {
    return PeerSet.receivers();
  }

  @Override
  Measurement<Round> measure(List<Peer> peers, Rounds rounds) {
    List<Case> cases =
        paces.stream()
            .map(pace -> pace.toNanos() / 1000)
            .flatMap(pace ->
                warmups.stream()
                    .flatMap(warmup ->
                        peers.stream().map(peer -> new Case(peer, pace, condition(warmup)))))
            .toList();
    Measurement<Round> measurement =
        Measurement.run(
            rounds,
            cases,
            each -> each.peer().label() + " every " + each.x() + " us " + each.condition(),
            this::run,
            Latency::summary);
    // Percentiles of no answer are null.
    measurement.tabulate(
        "peer",
        List.of(
            Column.ofCase("pace us", "pace_us", Case::x),
            Column.ofCase("warm-up", "warmup", this::warmup),
            Column.median("wake-ups/signal", "wakeups_per_signal", 2, Round::wakeupsPerSignal),
            Column.median("p10 us", "p10_us", 1, round -> round.micros(10)),
            Column.median("p50", "p50_us", 1, round -> round.micros(50)),
            Column.median("p90", "p90_us", 1, round -> round.micros(90)),
            Column.median("p99", "p99_us", 1, round -> round.micros(99)),
            Column.median("p99.9", "p999_us", 1, round -> round.micros(99.9)),
            Column.max("max", "max_us", 1, round -> round.micros(100)),
            Column.sum("", "cpu_s", 0, round -> round.cpuSeconds),
            Column.median("CPU us/signal", "", 1, Round::cpuMicrosPerSignal),
            Column.count("lost", "lost", round -> round.lost)),
        new Measurement.Comparison<>("p50", "p50_us", round -> round.micros(50), REFERENCES));
    noise(measurement);
    return measurement;
  }

  private Round run(Case each) {
    Driver driver = new Driver(warmup(each), cpus);
    return new Round(driver.latency(each.peer(), samples, Duration.ofNanos(each.x() * 1000)));
  }

  private int warmup(Case each) {
    return warmups.stream()
        .filter(warmup -> condition(warmup).equals(each.condition()))
        .findFirst()
        .orElseThrow();
  }

  /** Says which times are not worth comparing; wake-ups always are. */
  private void noise(Measurement<Round> measurement) {
    for (Duration pace : paces) {
      for (int warmup : warmups) {
        long micros = pace.toNanos() / 1000;
        for (String reference : REFERENCES) {
          noise(measurement, reference, micros, condition(warmup))
              .filter(factor -> factor > NOISE_LIMIT)
              .ifPresent(factor ->
                  measurement.note(
                      String.format(
                          Locale.ROOT,
                          "too noisy to compare times every %d us %s: the p50 of %s changed by a"
                              + " factor of %.2f between rounds; up to %.2f is good enough",
                          micros,
                          condition(warmup),
                          reference,
                          factor,
                          NOISE_LIMIT)));
        }
        if (noise(measurement, micros, condition(warmup)).isEmpty()) {
          measurement.note(
              "it is not known whether times every %d us %s can be compared: that takes two rounds of %s"
                  .formatted(micros, condition(warmup), String.join(" or ", REFERENCES)));
        }
      }
    }
  }

  /** By which factor the p50 of a peer in C differs between rounds; empty if that is not known. */
  static Optional<Double> noise(Measurement<Round> measurement, long x, String condition) {
    return REFERENCES.stream()
        .flatMap(reference -> noise(measurement, reference, x, condition).stream())
        .max(Double::compare);
  }

  /** Whether times of these cases are known to be worth comparing. */
  public static boolean isQuiet(Measurement<Round> measurement, long x, String condition) {
    return noise(measurement, x, condition).map(factor -> factor <= NOISE_LIMIT).orElse(false);
  }

  private static Optional<Double> noise(
      Measurement<Round> measurement, String reference, long x, String condition) {
    List<Round> own = measurement.of(reference, x, condition);
    return own.size() < 2
        ? Optional.empty()
        : Measurement.spread(own, round -> round.micros(50))
            .map(spread -> spread.max() / spread.min());
  }

  private static String summary(Round round) {
    return String.format(
        Locale.ROOT,
        "%.2f wake-ups, p50 %s us, p99 %s us, lost %d",
        round.wakeupsPerSignal(),
        Table.number(round.micros(50), 1),
        Table.number(round.micros(99), 1),
        round.lost);
  }
}
