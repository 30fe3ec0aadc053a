package org.sigqueue.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sigqueue.cli.console.Console;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command that prints the script with which a shell completes the words of a command. */
@Command(
    name = "completion",
    description = {
      "Prints a script that makes bash and zsh complete the words of sigqueue.",
      "Use it with: source <(sigqueue completion)"
    })
final class CompletionCommand implements Callable<Integer> {
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    console.out().print(script(spec.root().commandLine()));
    console.out().flush();
    return ExitCode.OK;
  }

  /** The script for a command with all its subcommands. */
  static String script(CommandLine root) {
    return AutoComplete.bash(root.getCommandName(), root);
  }
}
