package org.sigqueue.bench.harness;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sigqueue.bench.harness.Measurement.Rounds;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A measurement of peers on the command line: a table on stdout, progress on stderr, JSON in a
 * file.
 *
 * @param <T> the result of one run
 */
public abstract class BenchCommand<T> implements Callable<Integer> {
  private static final String JAR = "benchmarks.jar";
  private static final int USUAL_ROUNDS = 3;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results to this file, too.")
  private @Nullable Path json;

  @Option(
      names = "--peers",
      split = ",",
      paramLabel = "NAME",
      defaultValue = PeerSet.ALL,
      description = {
        "Which to measure, or all; NAME/DELIVERY for one with a delivery, as in core/exclusive.",
        "Default: ${DEFAULT-VALUE}"
      })
  private List<String> peers = List.of();

  @Option(
      names = "--delivery",
      split = ",",
      paramLabel = "NAME",
      converter = Converters.Deliveries.class,
      description = "How the kernel delivers to ours: handler, exclusive, all.")
  private List<String> deliveries = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      converter = Converters.Rounds.class,
      description = "How many times each is measured, in turn. Default: 3; start: 21")
  private @Nullable Integer rounds;

  @Option(
      names = "--against",
      paramLabel = "DIR",
      description = {
        "Measure core, inline and channel of another build in turn with these, as old-core and so",
        "on: a directory with " + JAR + ", or a project that was built."
      })
  private @Nullable Path against;

  BenchCommand() {}

  abstract PeerSet peerSet();

  abstract Measurement<T> measure(List<Peer> chosen, Rounds turns);

  int usualRounds() {
    return USUAL_ROUNDS;
  }

  /**
   * Measures as the options say.
   *
   * @param progress gets one line for each run
   */
  public final Measurement<T> measure(PrintWriter progress) {
    PeerSet.Choice choice = choose();
    choice.unavailable().forEach(line -> progress.println("not measured: " + line));
    progress.flush();
    Measurement<T> measurement =
        measure(choice.peers(), new Rounds(rounds == null ? usualRounds() : rounds, progress));
    choice.unavailable().forEach(line -> measurement.note("not measured: " + line));
    choice.failures().forEach(measurement::fail);
    return measurement;
  }

  @Override
  public final Integer call() {
    Path file = json;
    if (file != null) {
      checkWritable(file);
    }
    PrintWriter err = spec().commandLine().getErr();
    Measurement<T> measurement = measure(err);
    PrintWriter out = spec().commandLine().getOut();
    out.print(measurement.table().text());
    measurement.notes().forEach(out::println);
    out.flush();
    if (file != null) {
      write(file, measurement.json());
    }
    measurement.failures().forEach(failure -> err.println("failed: " + failure));
    err.flush();
    return measurement.failures().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private PeerSet.Choice choose() {
    boolean all = deliveries.contains(PeerSet.ALL);
    try {
      return peerSet().choose(peers, all ? PeerSet.DELIVERIES : deliveries, oldJar());
    } catch (IllegalArgumentException e) {
      throw refuse("--peers", String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Path oldJar() {
    Path directory = against;
    if (directory == null) {
      return null;
    }
    if (!peerSet().hasOldPeers()) {
      throw refuse("--against", "no peer of another build takes part in this measurement");
    }
    return List.of(
            directory,
            directory.resolve(JAR),
            directory.resolve("sigqueue-bench").resolve("target").resolve(JAR))
        .stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .map(Path::toAbsolutePath)
        .orElseThrow(() -> refuse("--against", "there is no " + JAR + " in " + directory));
  }

  /** A refusal of an option's value, which ends the program with exit status 2. */
  private ParameterException refuse(String option, String why) {
    return new ParameterException(
        spec().commandLine(), "Invalid value for option '" + option + "': " + why);
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return spec;
  }

  /** Checked before the measurement, so that a mistyped path does not lose its results. */
  private void checkWritable(Path file) {
    try {
      // Keeps the contents until there are new ones.
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    } catch (IOException e) {
      throw refuse("--json", "cannot write to " + file + ": " + e.getMessage());
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new HarnessException("cannot write to " + file + ": " + e.getMessage());
    }
  }
}
