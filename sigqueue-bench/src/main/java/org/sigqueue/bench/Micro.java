package org.sigqueue.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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

/** The microbenchmarks, run by JMH with its profiler of garbage. */
final class Micro {
  private static final List<Class<?>> BENCHMARKS =
      List.of(
          EngineBenchmark.class,
          ExchangeBenchmark.class,
          ContendedSendBenchmark.class,
          WakeupBenchmark.class,
          InlineBenchmark.class,
          ChannelBenchmark.class);

  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /**
   * What JMH found for one benchmark.
   *
   * @param benchmark class and method, and the parameters
   * @param nanos for an operation
   * @param error half of the 99.9 % confidence interval; NaN after too few iterations
   * @param bytes garbage for an operation, of all threads
   */
  record Row(String benchmark, double nanos, double error, double bytes) {}

  private Micro() {}

  /** Runs all, each in this many JVMs, with iterations of so many milliseconds. */
  static Measured<Row> measure(int forks, int iterations, int millis, PrintWriter progress) {
    OptionsBuilder options = new OptionsBuilder();
    options
        .forks(forks)
        .warmupIterations(Math.max(1, iterations / 2))
        .warmupTime(TimeValue.milliseconds(millis))
        .measurementIterations(iterations)
        .measurementTime(TimeValue.milliseconds(millis))
        .addProfiler(GCProfiler.class)
        .verbosity(VerboseMode.SILENT);
    List<Row> rows = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (Class<?> benchmark : BENCHMARKS) {
      progress.println(benchmark.getSimpleName());
      progress.flush();
      try {
        String pattern = "^" + benchmark.getName().replace(".", "\\.") + "\\.";
        Options each = new OptionsBuilder().parent(options.build()).include(pattern).build();
        rows.addAll(rows(new Runner(each).run()));
      } catch (RunnerException e) {
        failures.add(benchmark.getSimpleName() + ": " + e.getMessage());
      }
    }
    Runs<Row> runs = new Runs<>();
    Table table = new Table("benchmark", "ns/operation", "±", "bytes/operation");
    for (Row row : rows) {
      runs.add(new Case(Peer.foreign(row.benchmark(), List.of()), 0), row);
      table.add(
          row.benchmark(),
          Table.number(row.nanos(), 1),
          Double.isNaN(row.error()) ? "-" : Table.number(row.error(), 1),
          Double.isNaN(row.bytes()) ? "-" : Table.number(row.bytes(), 1));
    }
    return new Measured<>(new Result(rows, List.of(), table, failures), runs);
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
      // What the threads of a group have done, one by one.
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
