package org.sigqueue.cli;

import java.lang.module.ModuleDescriptor;
import java.util.function.Supplier;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.UsageErrors;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.stress.StressCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;

/** The commands as picocli knows them, which also makes the help, the manual and completion. */
final class Commands {
  private Commands() {}

  /** The command line of all commands, on the signals of this source. */
  static CommandLine line(Supplier<SignalSource> source, Console console) {
    CommandLine line =
        new CommandLine(new Root())
            .addSubcommand(new StressCommand(source, console))
            .addSubcommand(new WatchCommand(source, console))
            .addSubcommand(new SendCommand(source, console))
            .addSubcommand(new DoctorCommand(source, console))
            .addSubcommand(new CompletionCommand(console))
            .setOut(console.out())
            .setErr(console.err())
            .setParameterExceptionHandler(new UsageErrors(console))
            .setExecutionExceptionHandler(Commands::explain);
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(console.isColoured() ? Ansi.ON : Ansi.OFF));
    return line;
  }

  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult arguments)
      throws Exception {
    if (e instanceof SignalSourceException none) {
      return Main.noSource(none, command.getErr());
    }
    throw e; // a bug: picocli prints the stack trace
  }

  /** The command that the others are subcommands of. */
  @Command(
      name = "sigqueue",
      description = "The programs of sigqueue, the signal queue for the JVM.",
      versionProvider = Version.class,
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "COMMAND",
      scope = CommandLine.ScopeType.INHERIT)
  static final class Root {}

  /** The version that the build has put into the module. */
  static final class Version implements IVersionProvider {
    static String text() {
      ModuleDescriptor module = Main.class.getModule().getDescriptor();
      String manifest = Main.class.getPackage().getImplementationVersion();
      return module != null ? module.rawVersion().orElse("?") : manifest != null ? manifest : "?";
    }

    @Override
    public String[] getVersion() {
      return new String[] {"sigqueue " + text()};
    }
  }
}
