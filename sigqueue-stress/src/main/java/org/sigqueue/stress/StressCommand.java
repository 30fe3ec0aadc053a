package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Runs a scenario for each number of workers with each parking strategy, and reports. */
@Command(
    name = "stress",
    description = "Makes signals difficult in one way or another, and proves that none is missed.",
    sortOptions = false,
    showDefaultValues = true,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:all runs passed",
      "1:a run failed",
      "2:wrong arguments",
      "3:signals cannot be received here"
    })
final class StressCommand implements Callable<Integer> {
  /** How long to wait for what takes no time if all is well: others may have the CPU. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String SOAK = "soak";

  /** All scenarios by name, in the order of {@code all}, which soak is no part of. */
  private static final Map<String, Scenario> SCENARIOS = scenarios();

  private final Supplier<SignalSource> sources;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--scenario",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "kill-self",
      completionCandidates = ScenarioNames.class,
      description = "What to do: ${COMPLETION-CANDIDATES}; all means each but soak.")
  private List<String> scenarios = List.of();

  @Option(
      names = "--workers",
      split = ",",
      paramLabel = "N",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      converter = Converters.Workers.class,
      description = {
        "How many threads or processes send; a run for each number.",
        "  Default: the scenario's, for kill-self 1,2,4,8"
      })
  private List<Integer> workers = List.of();

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      converter = Converters.Durations.class,
      description = {
        "How long they send in each run, as in 500ms, 2s, 1m.",
        "  Default: 3s, for soak 60m"
      })
  private @Nullable Duration duration;

  @Option(
      names = "--parking",
      split = ",",
      paramLabel = "NAME",
      completionCandidates = Parking.Names.class,
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = {
        "How the dispatcher waits for signals: ${COMPLETION-CANDIDATES}.",
        "  Default: the preferred one"
      })
  private List<String> parking = List.of();

  @Option(
      names = "--delivery",
      split = ",",
      paramLabel = "NAME",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = {
        "How the kernel delivers the signal: handler, steered, exclusive, all.",
        "  Default: the usual way, exclusive for real-time signals and handler for the others"
      })
  private List<String> delivery = List.of();

  @Option(
      names = "--signal",
      paramLabel = "SIGNAL",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      converter = Converters.Signals.class,
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
      description = "What the pauses of the senders follow from. Default: from the clock")
  private @Nullable Long seed;

  StressCommand(Supplier<SignalSource> sources) {
    this.sources = sources;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandSpec command = Main.required(spec);
    List<ParkingStrategy> named = parking(() -> Parking.named(parking));
    List<@Nullable Delivery> deliveries = deliveries();
    List<Scenario> chosen = chosen();
    checkWritable(json);
    SignalSource source = sources.get();
    checkReceivable(source, chosen);
    Parking strategies = parking(() -> Parking.over(source, named, parking.contains(Parking.ALL)));
    long seed = this.seed == null ? System.currentTimeMillis() : this.seed;

    Map<Scenario, List<RunParameters>> runs = new LinkedHashMap<>();
    for (Scenario scenario : chosen) {
      runs.put(scenario, runs(scenario, source, strategies.chosen(), deliveries, seed));
    }
    Report report =
        new Report(
            command.commandLine().getOut(),
            Terminal.isStdout(),
            runs.values().stream().mapToInt(List::size).sum());
    runs.forEach((scenario, ofIt) -> report.line(header(scenario, ofIt)));
    if (!strategies.skipped().isEmpty()) {
      report.line("skipped: " + String.join("; ", strategies.skipped()));
    }
    for (Map.Entry<Scenario, List<RunParameters>> entry : runs.entrySet()) {
      for (RunParameters run : entry.getValue()) {
        report.begin(entry.getKey(), run);
        report.end(run(entry.getKey(), run, report));
      }
    }
    if (json != null) {
      Files.writeString(json, report.json());
    }
    return report.finish() ? ExitCode.OK : ExitCode.SOFTWARE;
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
        + Converters.Durations.text(any.duration())
        + ", seed "
        + any.seed();
  }

  private static Map<String, Scenario> scenarios() {
    List<Scenario> parts =
        List.of(
            SingleSignal.killSelf(PATIENCE),
            new StopRace(PreviousAction::resident, PATIENCE),
            new FanOut(1000, PATIENCE),
            new RtQueue(SenderProcesses::queueing, PATIENCE),
            SingleSignal.external(SenderProcesses::killing, PATIENCE),
            new Mixed(Mixed::pacedProcess, PATIENCE));
    Map<String, Scenario> byName = new LinkedHashMap<>();
    parts.forEach(scenario -> byName.put(scenario.name(), scenario));
    byName.put(SOAK, new Soak(parts, ProcessFootprint::ofThisProcess));
    return byName;
  }

  /** All that can be named on the command line. */
  static final class ScenarioNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      List<String> names = new ArrayList<>(SCENARIOS.keySet());
      names.add(Parking.ALL);
      return names.iterator();
    }
  }

  private List<Scenario> chosen() {
    List<Scenario> chosen = new ArrayList<>();
    for (String name : scenarios) {
      Scenario scenario = SCENARIOS.get(name);
      if (name.equals(Parking.ALL)) {
        SCENARIOS.values().stream().filter(each -> !each.name().equals(SOAK)).forEach(chosen::add);
      } else if (scenario != null) {
        chosen.add(scenario);
      } else {
        throw invalid(
            "--scenario",
            "there is no scenario '"
                + name
                + "'; allowed are "
                + String.join(", ", new ScenarioNames()));
      }
    }
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
    return chosen.stream().distinct().toList();
  }

  private ParameterException invalid(String option, String why) {
    return new ParameterException(
        Main.required(spec).commandLine(), "Invalid value for option '" + option + "': " + why);
  }

  /** A delivery without a handler only where the receiver waits in the kernel. */
  private List<RunParameters> runs(
      Scenario scenario,
      SignalSource source,
      List<ParkingStrategy> strategies,
      List<@Nullable Delivery> deliveries,
      long seed) {
    List<RunParameters> runs = new ArrayList<>();
    for (ParkingStrategy strategy : strategies) {
      for (Delivery each : deliveries) {
        if (each != null && each != Delivery.HANDLER && !Parking.isDirect(source, strategy)) {
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

  private List<@Nullable Delivery> deliveries() {
    List<@Nullable Delivery> chosen = new ArrayList<>();
    Converters.Deliveries names = new Converters.Deliveries();
    for (String name : delivery) {
      if (name.equals(Parking.ALL)) {
        chosen.addAll(List.of(Delivery.values()));
      } else {
        try {
          chosen.add(names.convert(name));
        } catch (TypeConversionException e) {
          throw new ParameterException(
              Main.required(spec).commandLine(),
              "Invalid value for option '--delivery': " + e.getMessage(),
              e);
        }
      }
    }
    if (chosen.isEmpty()) {
      chosen.add(null);
    }
    return chosen;
  }

  private RunResult run(Scenario scenario, RunParameters run, Report report)
      throws InterruptedException {
    try {
      return scenario.run(run, report::progress);
    } catch (RuntimeException e) {
      return RunResult.aborted(scenario, run, e);
    }
  }

  private <T> T parking(Supplier<T> choice) {
    try {
      return choice.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Main.required(spec).commandLine(),
          "Invalid value for option '--parking': " + e.getMessage(),
          e);
    }
  }

  private void checkReceivable(SignalSource source, List<Scenario> chosen) {
    SignalSet catchable;
    try (SignalNotifier any = Main.anyNotifier(source)) {
      catchable = any.catchable();
    }
    for (Scenario scenario : chosen) {
      Signal sent = signal == null ? scenario.usualSignal() : signal;
      if (!catchable.contains(sent.number())) {
        throw invalid(
            "--signal",
            sent
                + " cannot be received here; allowed are "
                + catchable.stream()
                    .mapToObj(number -> Signal.of(number).name())
                    .collect(Collectors.joining(", ")));
      }
    }
  }

  /** Before the storm, so that its results are not lost for a mistyped path. */
  private void checkWritable(@Nullable Path file) {
    if (file == null) {
      return;
    }
    try {
      // What the file holds stays until there is something new to write.
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    } catch (IOException e) {
      throw new ParameterException(
          Main.required(spec).commandLine(),
          "Invalid value for option '--json': cannot write to "
              + file
              + ": "
              + e.getClass().getSimpleName()
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
