package org.sigqueue.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.sigqueue.cli.console.Console;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The command line of sigqueue: one command with a subcommand for each program.
 *
 * <p>Exit status: 0 if all is well, 1 if it failed, 2 for wrong arguments, 3 if signals cannot be
 * received here.
 */
public final class Main {
  /** Exit status if no source of signals works here. */
  public static final int NO_SOURCE = 3;

  private static final String SEND = "send";
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.org.sigqueue";

  /** The commands whose results contain the warnings of the library. */
  private static final List<String> QUIET = List.of("stress", "doctor");

  private static final List<String> ABOUT = List.of("--help", "-h", "--version", "-V");

  private Main() {}

  /** Runs the program that the arguments name, and ends the JVM with its exit status. */
  public static void main(String[] args) {
    if (args.length > 0 && QUIET.contains(args[0]) && System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "error");
    }
    System.exit(execute(Sources::best, Console.ofProcess(), args));
  }

  /** Runs the program that the arguments name; returns its exit status. */
  public static int execute(Supplier<SignalSource> source, Console console, String... args) {
    List<String> arguments = Arrays.asList(args);
    if (!arguments.isEmpty() && arguments.get(0).equals(SEND) && !isAbout(arguments)) {
      // Without picocli, whose start takes longer than all the rest.
      return Send.run(arguments.subList(1, arguments.size()), source, console);
    }
    return Commands.line(source, console).execute(args);
  }

  private static boolean isAbout(List<String> arguments) {
    return arguments.stream().anyMatch(ABOUT::contains);
  }

  /** Says that no source of signals works here; returns the exit status. */
  static int noSource(SignalSourceException e, PrintWriter err) {
    err.println(e.getMessage());
    for (Throwable each : e.getSuppressed()) {
      err.println("  " + each.getMessage());
    }
    return NO_SOURCE;
  }
}
