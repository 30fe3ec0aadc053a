package org.sigqueue.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/**
 * The benchmarks: one command with a subcommand for each measurement.
 *
 * <p>Exit status: 0 if all was measured, 1 if something could not be, 2 for wrong arguments.
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
      // Not through picocli, which has options of the same names.
      org.openjdk.jmh.Main.main(java.util.Arrays.copyOfRange(args, 1, args.length));
      return;
    }
    System.exit(commandLine().execute(args));
  }

  /** The command line of all measurements. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .addSubcommand(new LatencyCommand())
        .addSubcommand(new StressCommand())
        .addSubcommand(new StormCommand())
        .addSubcommand(new ValuesCommand())
        .addSubcommand(new FanoutCommand())
        .addSubcommand(new StartCommand())
        .addSubcommand(new JmhCommand())
        .addSubcommand(new ReportCommand())
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
