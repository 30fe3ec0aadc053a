package org.sigqueue.bench;

import java.util.Arrays;
import org.sigqueue.bench.harness.Fanout;
import org.sigqueue.bench.harness.Flood;
import org.sigqueue.bench.harness.HarnessException;
import org.sigqueue.bench.harness.Latency;
import org.sigqueue.bench.harness.Start;
import org.sigqueue.bench.harness.Stress;
import org.sigqueue.bench.jmh.Microbenchmarks;
import org.sigqueue.bench.report.Report;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/**
 * The command line of the benchmarks, with a subcommand for each measurement.
 *
 * <p>Exit status: 0 if everything was measured, 1 if something could not be, 2 for wrong arguments.
 */
@Command(
    name = "sigqueue bench",
    description = "Measures sigqueue beside the limits in C and beside its peers.")
public final class Main {
  @SuppressWarnings("unused") // picocli looks for it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  Main() {}

  /** Runs the measurement that the arguments name, and ends the JVM with its exit status. */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("jmh")) {
      // Not through picocli, which has options with the same names.
      org.openjdk.jmh.Main.main(Arrays.copyOfRange(args, 1, args.length));
      return;
    }
    System.exit(commandLine().execute(args));
  }

  /** The command line with all its subcommands. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .addSubcommand(new Latency())
        .addSubcommand(new Stress())
        .addSubcommand(new Flood.Storm())
        .addSubcommand(new Flood.RealTime())
        .addSubcommand(new Fanout())
        .addSubcommand(new Start())
        .addSubcommand(new Microbenchmarks())
        .addSubcommand(new Report())
        .setExecutionExceptionHandler(Main::explain);
  }

  private static int explain(Exception e, CommandLine command, ParseResult arguments)
      throws Exception {
    if (!(e instanceof HarnessException)) {
      throw e; // a bug: picocli prints the stack trace
    }
    command.getErr().println(e.getMessage());
    return CommandLine.ExitCode.SOFTWARE;
  }
}
