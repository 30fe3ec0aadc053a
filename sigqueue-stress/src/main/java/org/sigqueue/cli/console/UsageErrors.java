package org.sigqueue.cli.console;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The report of wrong arguments: one line with the fault and the nearest right name. Only {@code
 * --help} prints the usage.
 */
public final class UsageErrors implements IParameterExceptionHandler {
  private final Console console;

  /** Reports to this console. */
  public UsageErrors(Console console) {
    this.console = console;
  }

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    console.error(UsageLine.of(command.getCommandSpec().qualifiedName(), message(e)));
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      return unknown(unmatched);
    }
    String message = String.valueOf(e.getMessage());
    if (message.startsWith("Missing required subcommand")) {
      return "which command? " + String.join(", ", subcommands(e.getCommandLine()));
    }
    // One line, also where a library put a list into its message.
    return message
        .strip()
        .replaceFirst(
            "^Invalid value for (?:option|positional parameter) '([^']*)'(?: \\([^)]*\\))?: ",
            "$1: ")
        .replaceAll("\\s*[\\r\\n]+\\s*", " ");
  }

  private static String unknown(UnmatchedArgumentException e) {
    String first = e.getUnmatched().get(0);
    boolean isOption = first.startsWith("-");
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    List<String> allowed = new ArrayList<>();
    if (isOption) {
      spec.options().stream().filter(option -> !option.hidden()).forEach(o -> add(allowed, o));
    } else {
      allowed.addAll(subcommands(e.getCommandLine()));
    }
    String what =
        isOption ? "unknown option" : allowed.isEmpty() ? "unexpected argument" : "unknown command";
    String name = first.contains("=") ? first.substring(0, first.indexOf('=')) : first;
    return what + ": " + first + NearestName.hint(name, allowed);
  }

  private static void add(List<String> names, OptionSpec option) {
    names.addAll(List.of(option.names()));
  }

  private static List<String> subcommands(CommandLine command) {
    return command.getSubcommands().entrySet().stream()
        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
        .map(java.util.Map.Entry::getKey)
        .toList();
  }
}
