package org.sigqueue.bench.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.sigqueue.bench.harness.BenchCommand;
import org.sigqueue.bench.harness.BuildPaths;
import org.sigqueue.bench.harness.Converters;
import org.sigqueue.bench.harness.Fanout;
import org.sigqueue.bench.harness.Flood;
import org.sigqueue.bench.harness.Latency;
import org.sigqueue.bench.harness.Measurement;
import org.sigqueue.bench.harness.Programs.Output;
import org.sigqueue.bench.harness.Start;
import org.sigqueue.bench.harness.Stress;
import org.sigqueue.bench.jmh.Microbenchmarks;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code report}: all measurements in one document in Markdown, with charts in files beside it.
 *
 * <p>Each section is a command line of the other commands, which the document shows, and which this
 * class runs. The document is written again before each section, so that breaking off loses only
 * the section that runs.
 */
@Command(
    name = "report",
    description = "Measures everything and writes docs/performance.md, with its charts.")
public final class Report implements Callable<Integer> {
  private static final int WARM = 50_000;
  private static final int COLD = 300;
  private static final int QUICK = 200; // not warm, but a report to try out is not read
  private static final List<Integer> WORKERS = List.of(1, 2, 4, 8);
  private static final String EXCLUSIVE = "core/exclusive,inline/exclusive,channel/exclusive";
  private static final double[] PERCENTILES = {1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9};

  /** The lines of the charts of latency; more could not be told apart. */
  private static final Set<String> SHOWN =
      Set.of(
          "c-futex",
          "c-sigwaitinfo",
          "inline",
          "inline exclusive",
          "channel",
          "channel exclusive",
          "jdk",
          "go",
          "signal-hook",
          "tokio",
          "tokio-main");

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      converter = Converters.Rounds.class,
      description = "How many times each is measured, in turn. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--quick",
      description = "One short round, to see that all of it runs; the figures mean little.")
  private boolean quick;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write this file. Default: docs/performance.md of the project")
  private @Nullable Path out;

  private final Targets targets = new Targets();
  private final StringBuilder text = new StringBuilder();
  private final List<String> failures = new ArrayList<>();
  private final long start = System.nanoTime();
  private List<String> machine = List.of();

  /** Creates the command. */
  public Report() {}

  @Override
  public Integer call() {
    machine = Machine.describe();
    latency();
    stress();
    floods();
    fanout();
    start();
    micro();
    write();
    commandLine().getOut().println("written: " + file());
    failures.forEach(failure -> progress().println("failed: " + failure));
    return failures.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private void latency() {
    int warm = quick ? QUICK : WARM;
    Measurement<Latency.Round> warmed =
        section(
            "Latency",
            "The time from before a `kill(2)` by another process until the user's code has run, and"
                + " the voluntary context switches of all threads of the peer meanwhile. One signal"
                + " is on its way at a time. While it is, the driver watches without giving up its"
                + " CPU, so on two CPUs a peer has one; between signals the driver sleeps if the"
                + " pace allows. The last columns are the median of the rounds' ratios, and their"
                + " range.",
            "latency --warmup " + warm + " --peers all," + EXCLUSIVE + rounds(" --samples 50"),
            new Latency());
    targets.latency(warmed, warm);
    for (long pace : new long[] {30, 1000}) {
      chart("latency-" + pace + "us", percentiles(warmed, pace, Latency.condition(warm)));
    }
    int cold = quick ? QUICK : COLD;
    targets.cold(
        section(
            "Latency of code that has hardly run",
            "The same after a short warm-up, because real signals are rare.",
            "latency --pace 1ms --warmup "
                + cold
                + " --peers c-futex,c-sigwaitinfo,core,inline,channel,"
                + EXCLUSIVE
                + ",jdk,go,signal-hook,tokio,tokio-main"
                + rounds(" --samples 50"),
            new Latency()),
        cold);
    section(
        "Latency on one CPU",
        "The same with all threads of the peer on one CPU, which the driver leaves to them while it"
            + " can.",
        "latency --cpus 1 --warmup "
            + warm
            + " --peers c-futex,core,core-futex,core-spin,inline,channel,channel-futex,jdk,go,tokio"
            + rounds(" --samples 50"),
        new Latency());
  }

  private void stress() {
    Measurement<Output> stress =
        section(
            "TestStress",
            "Go's test: threads of the process do nothing but `kill(getpid())` and yield."
                + " `c-handler` is a handler in C that only counts, in a process that sleeps until"
                + " the handler runs. A process that spins keeps CPUs awake, and can get more.",
            "stress --peers all,channel/exclusive" + rounds(" --duration 100ms"),
            new Stress());
    targets.stress(stress, WORKERS);
    Chart chart = new Chart("TestStress", "workers", 2, "delivered/s");
    stress.forEach((each, own) ->
        Measurement.spread(own, Stress::deliveredPerSecond)
            .ifPresent(rate -> chart.add(each.peer().label(), (double) each.x(), rate.median())));
    chart("stress", chart);
  }

  private void floods() {
    targets.storm(
        section(
            "Storm",
            "Another process sends one standard signal as fast as it can. The kernel keeps one of"
                + " them pending, and merges the others before any program sees them.",
            "storm --peers all," + EXCLUSIVE + rounds(" --count 20000"),
            new Flood.Storm()));
    section(
        "Real-time signals",
        "Another process sends the values 1, 2, 3 and so on by `sigqueue(3)`, as fast as the kernel"
            + " takes them. `disorder` counts values that are not greater than the previous one."
            + " Ours are exclusive unless they say handler.",
        "rt --peers all,core/handler,inline/handler,channel/handler" + rounds(" --count 5000"),
        new Flood.RealTime());
  }

  private void fanout() {
    Measurement<Output> fanout =
        section(
            "Many channels on one signal",
            "The time from the signal until the last channel has its event; no thread waits in a"
                + " channel.",
            "fanout" + rounds(""),
            new Fanout());
    targets.fanout(fanout);
    Chart chart = new Chart("One signal, many channels", "channels", 10, "ns for each channel");
    fanout.forEach((each, own) ->
        Measurement.spread(own, run -> Fanout.nanos(run) / each.x())
            .ifPresent(nanos ->
                chart.add(each.peer().label() + " signals", (double) each.x(), nanos.median())));
    chart("fanout", chart);
  }

  private void start() {
    targets.start(
        section(
            "Start, idle time and end of a JVM",
            "Fresh JVMs: the first use, from the start of `main`; wake-ups while no signal comes;"
                + " and the time from `System.exit`, or from the end of `main`, until the process"
                + " has ended.",
            quick ? "start --rounds 1 --idle 1s" : "start",
            new Start()));
  }

  private void micro() {
    int forks = 1;
    int iterations = quick ? 1 : 5;
    int millis = quick ? 50 : 500;
    begin(
        "The engine by itself",
        "JMH; `bytes` is garbage of an operation, from all threads together.",
        "jmh " + Microbenchmarks.arguments(forks, iterations, millis));
    Measurement<Microbenchmarks.Row> micro =
        end(Microbenchmarks.measure(forks, iterations, millis, progress()));
    targets.micro(micro);
    Chart chart = new Chart("Contended send", "threads that send", 2, "ns for each send");
    for (String handoff : List.of("sigqueue-park", "mpsc", "array-blocking-queue", "semaphore")) {
      for (int number : WORKERS) {
        String name =
            "ContendedSendBenchmark.senders%d (%s), send%d".formatted(number, handoff, number);
        Measurement.spread(micro.of(name, 0, ""), Microbenchmarks.Row::nanos)
            .ifPresent(nanos -> chart.add(handoff, number, nanos.median()));
      }
    }
    chart("contended", chart);
  }

  private String rounds(String quickly) {
    return " --rounds " + (quick ? 1 + quickly : rounds);
  }

  /** Runs a command line as a section of the document. */
  private <T> Measurement<T> section(
      String heading, String introduction, String arguments, BenchCommand<T> command) {
    begin(heading, introduction, arguments);
    String[] words = arguments.split(" ", -1);
    new CommandLine(command).parseArgs(Arrays.copyOfRange(words, 1, words.length));
    return end(command.measure(progress()));
  }

  private void begin(String heading, String introduction, String arguments) {
    write();
    text.append("\n## ").append(heading).append("\n\n").append(introduction).append("\n\n");
    text.append("Again: `./sigqueue bench ").append(arguments).append("`\n\n");
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    progress().println("==> " + heading + " (after " + seconds + " s)");
    progress().flush();
  }

  private <T> Measurement<T> end(Measurement<T> measurement) {
    text.append(measurement.table().markdown()).append('\n');
    measurement.notes().forEach(note -> text.append("- ").append(note).append('\n'));
    failures.addAll(measurement.failures());
    progress().println(measurement.table().text());
    progress().flush();
    return measurement;
  }

  /** Percentiles of all rounds together. */
  private static Chart percentiles(
      Measurement<Latency.Round> latency, long pace, String condition) {
    Chart chart =
        new Chart(
            String.format(Locale.ROOT, "Latency, a signal every %d us", pace),
            "1 in so many signals takes longer",
            10,
            "us");
    latency.forEach((each, own) -> {
      if (each.x() == pace
          && each.condition().equals(condition)
          && SHOWN.contains(each.peer().label())) {
        Histogram all = own.get(0).nanos().copy();
        own.subList(1, own.size()).forEach(round -> all.add(round.nanos()));
        for (double percentile : PERCENTILES) {
          chart.add(
              each.peer().label(),
              100 / (100 - percentile),
              all.getTotalCount() == 0 ? 0 : all.getValueAtPercentile(percentile) / 1e3);
        }
      }
    });
    return chart;
  }

  /** Writes a chart beside the document and shows it, unless it is empty. */
  private void chart(String name, Chart chart) {
    if (!chart.isEmpty()) {
      String stem = String.valueOf(file().getFileName()).replaceFirst("(\\.[^.]*)?$", "");
      String directory =
          stem.equals(String.valueOf(file().getFileName())) ? stem + "-charts" : stem;
      write(file().resolveSibling(directory).resolve(name + ".svg"), chart.svg());
      text.append(String.format(Locale.ROOT, "%n![%s](%s/%s.svg)%n", name, directory, name));
    }
  }

  private void write() {
    String head =
        "# Performance\n\n"
            + "Written by `./sigqueue bench report` on "
            + LocalDate.now(ZoneOffset.UTC)
            + "; do not edit. Compare figures within a table only: its rows were measured in turn,"
            + " round after round, on the same machine.\n\n"
            + machine.stream().map(line -> "- " + line + "\n").reduce("", String::concat)
            + "\n## Targets\n\n"
            + targets.markdown();
    write(file(), (head + text).strip() + "\n");
  }

  private static void write(Path file, String contents) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.writeString(file, contents);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file() {
    return out == null ? BuildPaths.project().resolve("docs").resolve("performance.md") : out;
  }

  private PrintWriter progress() {
    return commandLine().getErr();
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return spec.commandLine();
  }
}
