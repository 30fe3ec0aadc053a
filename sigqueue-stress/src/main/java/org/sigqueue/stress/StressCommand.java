package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.cli.console.Arguments;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.NearestName;
import org.sigqueue.cli.console.SignalNames;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command that runs scenarios, for each number of workers with each parking strategy, and
 * reports.
 */
@Command(
    name = "stress",
    description = {
      "Proves under load that no signal is missed.",
      "Ctrl-C ends it and shows the results so far."
    },
    sortOptions = false,
    abbreviateSynopsis = true,
    showDefaultValues = true,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:all runs passed",
      "1:a run failed",
      "2:wrong arguments",
      "3:signals cannot be received here"
    })
public final class StressCommand implements Callable<Integer> {
  private static final String ALL = "all";

  private final Supplier<SignalSource> sources;
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--scenario",
      split = ",",
      paramLabel = "SCENARIO",
      defaultValue = "kill-self",
      completionCandidates = Scenarios.Names.class,
      description = "What to do: ${COMPLETION-CANDIDATES}; all means each but soak.")
  private List<String> scenarios = List.of();

  @Option(
      names = "--workers",
      split = ",",
      paramLabel = "N",
      showDefaultValue = Visibility.NEVER,
      converter = Arguments.Workers.class,
      description = {
        "How many threads or processes send; a run for each number.",
        "  Default: the scenario's, for kill-self 1,2,4,8"
      })
  private List<Integer> workers = List.of();

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      showDefaultValue = Visibility.NEVER,
      converter = Arguments.Durations.class,
      description = {
        "How long they send in each run, as in 500ms, 2s, 1m.",
        "  Default: 3s, for soak 60m"
      })
  private @Nullable Duration duration;

  @Option(
      names = "--cycles",
      paramLabel = "N",
      converter = Arguments.Counts.class,
      description = "Let churn register and end that N times in each way, however long it takes.")
  private @Nullable Long cycles;

  @Option(
      names = "--parking",
      split = ",",
      paramLabel = "PARKING",
      completionCandidates = ParkingChoice.Names.class,
      showDefaultValue = Visibility.NEVER,
      description = {
        "How the dispatcher waits for signals: ${COMPLETION-CANDIDATES}.",
        "  Default: the preferred one"
      })
  private List<String> parking = List.of();

  @Option(
      names = "--delivery",
      split = ",",
      paramLabel = "DELIVERY",
      showDefaultValue = Visibility.NEVER,
      completionCandidates = DeliveryNames.class,
      description = {
        "How the signals reach the receiver: ${COMPLETION-CANDIDATES}.",
        "  Default: the scenario's, for rt-queue exclusive, else handler"
      })
  private List<String> delivery = List.of();

  @Option(
      names = "--signal",
      paramLabel = "SIGNAL",
      showDefaultValue = Visibility.NEVER,
      completionCandidates = SignalNames.Candidates.class,
      converter = Arguments.Signals.class,
      description = {"The signal to send.", "  Default: USR1, for rt-queue RTMIN+3"})
  private @Nullable Signal signal;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results to this file, too.")
  private @Nullable Path json;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Determines the pauses of the senders. Default: from the clock")
  private @Nullable Long seed;

  /** The names for {@code --delivery}. */
  static final class DeliveryNames extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    DeliveryNames() {
      super(DeliveryMode.names());
      add(ALL);
    }
  }

  /**
   * Creates the command.
   *
   * @param sources gives the source of the signals
   */
  public StressCommand(Supplier<SignalSource> sources, Console console) {
    this.sources = sources;
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<ParkingStrategy> named = checked("--parking", () -> ParkingChoice.named(parking));
    List<@Nullable DeliveryMode> deliveries = checked("--delivery", this::deliveries);
    List<Scenario> chosen = checked("--scenario", this::chosen);
    checkWritable(json);
    SignalSource source = sources.get();
    checkReceivable(source, chosen);
    ParkingChoice strategies =
        checked(
            "--parking",
            () -> ParkingChoice.over(source, named, parking.contains(ParkingChoice.ALL)));
    long seed = this.seed == null ? System.currentTimeMillis() : this.seed;

    Map<Scenario, List<RunParameters>> runs = new LinkedHashMap<>();
    for (Scenario scenario : chosen) {
      runs.put(scenario, runs(scenario, source, strategies.chosen(), deliveries, seed));
    }
    StressReport report =
        new StressReport(console, runs.values().stream().mapToInt(List::size).sum());
    runs.forEach((scenario, ofIt) -> report.line(header(scenario, ofIt)));
    if (!strategies.skipped().isEmpty()) {
      report.line("skipped: " + String.join("; ", strategies.skipped()));
    }
    return execute(runs, report);
  }

  private int execute(Map<Scenario, List<RunParameters>> runs, StressReport report)
      throws IOException, InterruptedException {
    Thread onExit = new Thread(() -> interrupted(report), "stress-interrupted");
    Runtime.getRuntime().addShutdownHook(onExit);
    for (Map.Entry<Scenario, List<RunParameters>> entry : runs.entrySet()) {
      for (RunParameters run : entry.getValue()) {
        report.begin(entry.getKey(), run);
        report.end(run(entry.getKey(), run, report));
      }
    }
    boolean passed = report.finish();
    writeJson(report);
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException e) {
      // The JVM is ending already; the hook finds that all was reported.
    }
    return passed ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /** The end of the JVM before the end of the runs: Ctrl-C, as a rule. */
  private void interrupted(StressReport report) {
    try {
      if (report.interrupted()) {
        writeJson(report);
      }
    } catch (IOException e) {
      console.err().println("cannot write to " + json + ": " + e);
    }
  }

  private void writeJson(StressReport report) throws IOException {
    if (json != null) {
      Files.writeString(json, report.json());
    }
  }

  private static RunResult run(Scenario scenario, RunParameters run, StressReport report)
      throws InterruptedException {
    try {
      return scenario.run(run, report::progress);
    } catch (RuntimeException e) {
      return RunResult.aborted(scenario, run, e);
    }
  }

  private static String header(Scenario scenario, List<RunParameters> runs) {
    RunParameters any = runs.get(0);
    return scenario.name()
        + ": "
        + any.signal()
        + ", source "
        + any.source().name()
        + ", runs "
        + runs.size()
        + ", duration "
        + Arguments.Durations.text(any.duration())
        + ", seed "
        + any.seed();
  }

  // ---- The runs that the options describe

  private List<Scenario> chosen() {
    // On a terminal Ctrl-C has to end the program.
    Set<Signal> leftOut = console.isTerminal() ? Set.of(Signal.INT) : Set.of();
    List<Scenario> chosen = new Scenarios(leftOut, cycles == null ? 0 : cycles).named(scenarios);
    Signal asked = signal;
    if (asked != null) {
      for (Scenario scenario : chosen) {
        scenario
            .refusal(asked)
            .ifPresent(why -> {
              throw invalid("--signal", scenario.name() + " cannot send " + asked + ": " + why);
            });
      }
    }
    return chosen;
  }

  private List<@Nullable DeliveryMode> deliveries() {
    List<@Nullable DeliveryMode> chosen = new ArrayList<>();
    for (String name : delivery) {
      if (name.equals(ALL)) {
        chosen.addAll(Arrays.asList(DeliveryMode.values()));
      } else {
        chosen.add(DeliveryMode.named(name).orElseThrow(() -> noDelivery(name)));
      }
    }
    if (chosen.isEmpty()) {
      chosen.add(null);
    }
    return chosen;
  }

  private static IllegalArgumentException noDelivery(String name) {
    return new IllegalArgumentException(
        "'"
            + name
            + "' is no delivery"
            + NearestName.hint(name, new DeliveryNames())
            + "; allowed are "
            + String.join(", ", new DeliveryNames()));
  }

  /** Without those that ask for exclusive delivery where the receiver cannot wait in the kernel. */
  private List<RunParameters> runs(
      Scenario scenario,
      SignalSource source,
      List<ParkingStrategy> strategies,
      List<@Nullable DeliveryMode> deliveries,
      long seed) {
    List<RunParameters> runs = new ArrayList<>();
    for (ParkingStrategy strategy : strategies) {
      for (DeliveryMode each : deliveries) {
        if (each == DeliveryMode.EXCLUSIVE && !ParkingChoice.waitsInKernel(source, strategy)) {
          continue;
        }
        for (int count : workers.isEmpty() ? scenario.usualWorkers() : workers) {
          runs.add(
              new RunParameters(
                  source,
                  strategy,
                  each,
                  signal == null ? scenario.usualSignal() : signal,
                  count,
                  duration == null ? scenario.usualDuration() : duration,
                  seed));
        }
      }
    }
    if (runs.isEmpty()) {
      throw invalid(
          "--delivery", "with these parking strategies and this source there is only handler");
    }
    return runs;
  }

  private void checkReceivable(SignalSource source, List<Scenario> chosen) {
    List<Signal> receivable = Receivable.signals(source);
    for (Scenario scenario : chosen) {
      Signal sent = signal == null ? scenario.usualSignal() : signal;
      if (!receivable.contains(sent)) {
        throw invalid(
            "--signal",
            sent + " cannot be received here; allowed are " + SignalNames.ranges(receivable));
      }
    }
  }

  /** Checks before the runs, so that their results are not lost for a mistyped path. */
  private void checkWritable(@Nullable Path file) {
    if (file == null) {
      return;
    }
    try {
      // The content stays until there is something new to write.
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    } catch (IOException e) {
      throw invalid("--json", "cannot write to " + file + ": " + e.getClass().getSimpleName());
    }
  }

  private <T> T checked(String option, Supplier<T> choice) {
    try {
      return choice.get();
    } catch (IllegalArgumentException e) {
      throw invalid(option, String.valueOf(e.getMessage()));
    }
  }

  private ParameterException invalid(String option, String why) {
    CommandSpec known = spec;
    if (known == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return new ParameterException(known.commandLine(), option + ": " + why);
  }
}
