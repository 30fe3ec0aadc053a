package org.sigqueue.bench.jmh;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.sigqueue.bench.harness.Column;
import org.sigqueue.bench.harness.Measurement;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Peer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code jmh}: the microbenchmarks, which JMH runs. */
@Command(
    name = "jmh",
    description = "The microbenchmarks; all arguments go to JMH (-h lists them).")
public final class Microbenchmarks implements Callable<Integer> {
  private static final List<Class<?>> BENCHMARKS =
      List.of(
          EngineBenchmark.class,
          HandoffBenchmark.class,
          ContendedSendBenchmark.class,
          WakeupBenchmark.class,
          InlineBenchmark.class,
          ChannelBenchmark.class);

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /**
   * The result of one benchmark.
   *
   * @param benchmark class, method and parameters
   * @param nanos time of an operation
   * @param error half of the 99.9 % confidence interval; NaN after too few iterations
   * @param bytes garbage of an operation, from all threads
   */
  public record Row(String benchmark, double nanos, double error, double bytes) {}

  @Unmatched private List<String> arguments = List.of();

  /** Creates the command. */
  public Microbenchmarks() {}

  /** Runs JMH with the arguments of the command line. */
  @Override
  public Integer call() throws IOException {
    org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
    return 0;
  }

  /**
   * Runs all of them with JMH's profiler of garbage.
   *
   * @param forks JVMs for each benchmark
   * @param iterations measured iterations in each of these
   * @param millis length of an iteration
   */
  public static Measurement<Row> measure(
      int forks, int iterations, int millis, PrintWriter progress) {
    OptionsBuilder options = new OptionsBuilder();
    options
        .forks(forks)
        .warmupIterations(warmups(iterations))
        .warmupTime(TimeValue.milliseconds(millis))
        .measurementIterations(iterations)
        .measurementTime(TimeValue.milliseconds(millis))
        .addProfiler(GCProfiler.class)
        .verbosity(VerboseMode.SILENT);
    Measurement<Row> measurement = new Measurement<>();
    for (Class<?> benchmark : BENCHMARKS) {
      progress.println(benchmark.getSimpleName());
      progress.flush();
      try {
        String pattern = "^" + benchmark.getName().replace(".", "\\.") + "\\.";
        Options each = new OptionsBuilder().parent(options.build()).include(pattern).build();
        for (Row row : rows(new Runner(each).run())) {
          measurement.add(new Case(Peer.foreign(row.benchmark(), List.of()), 0), row);
        }
      } catch (RunnerException e) {
        measurement.fail(benchmark.getSimpleName() + ": " + e.getMessage());
      }
    }
    measurement.tabulate(
        "benchmark",
        List.of(
            Column.median("ns/operation", "ns", 1, Row::nanos),
            Column.median("±", "error_ns", 1, Row::error),
            Column.median("bytes/operation", "bytes", 1, Row::bytes)));
    return measurement;
  }

  /** The arguments of the command that does the same. */
  public static String arguments(int forks, int iterations, int millis) {
    return String.format(
        Locale.ROOT,
        "-f %d -i %d -r %dms -wi %d -w %dms -prof gc",
        forks,
        iterations,
        millis,
        warmups(iterations),
        millis);
  }

  private static int warmups(int iterations) {
    return Math.max(1, iterations / 2);
  }

  private static List<Row> rows(Collection<RunResult> results) {
    List<Row> rows = new ArrayList<>();
    for (RunResult result : results) {
      String name = name(result.getParams());
      double bytes =
          Optional.ofNullable(result.getSecondaryResults().get(ALLOCATED))
              .map(found -> found.getScore())
              .orElse(Double.NaN);
      var primary = result.getPrimaryResult();
      rows.add(new Row(name, primary.getScore(), primary.getScoreError(), bytes));
      // The methods of a group, each by itself.
      result
          .getSecondaryResults()
          .forEach((part, found) -> {
            if (part.startsWith("send")) {
              rows.add(new Row(name + ", " + part, found.getScore(), found.getScoreError(), bytes));
            }
          });
    }
    return rows;
  }

  private static String name(BenchmarkParams params) {
    String full = params.getBenchmark();
    int method = full.lastIndexOf('.');
    String name = full.substring(full.lastIndexOf('.', method - 1) + 1);
    String arguments =
        params.getParamsKeys().stream()
            .sorted()
            .map(params::getParam)
            .collect(Collectors.joining(", "));
    return arguments.isEmpty() ? name : name + " (" + arguments + ")";
  }
}
