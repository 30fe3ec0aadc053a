package org.sigqueue.stress;

import java.lang.module.ModuleDescriptor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The programs of sigqueue: one command with a subcommand for each.
 *
 * <p>Exit status: 0 if all is well, 1 if it failed, 2 for wrong arguments, 3 if signals cannot be
 * received here.
 */
@Command(
    name = "sigqueue",
    description = "Programs around the signal queue for the JVM.",
    versionProvider = Main.Version.class,
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT)
public final class Main {
  /** Exit status if no source of signals works here. */
  static final int NO_SOURCE = 3;

  Main() {}

  /** Runs the program that the arguments name, and ends the JVM with its exit status. */
  public static void main(String[] args) {
    System.exit(commandLine(Main::bestSource).execute(args));
  }

  /** The command line of all programs, on signals of this source. */
  static CommandLine commandLine(Supplier<SignalSource> source) {
    return new CommandLine(new Main())
        .addSubcommand(new StressCommand(source))
        .addSubcommand(new WatchCommand(source))
        .addSubcommand(new SendCommand(source))
        .addSubcommand(new DoctorCommand(source))
        .addSubcommand(new FireCommand(source))
        .setExecutionExceptionHandler(Main::explain);
  }

  /** The source that programs get by default, of which there is one for the process. */
  static SignalSource bestSource() {
    try (SignalNotifier any = SignalNotifier.builder().parking(ParkingStrategies.SPIN).build()) {
      return any.source();
    }
  }

  /** A notifier to ask, not to receive with. */
  static SignalNotifier anyNotifier(SignalSource source) {
    return SignalNotifier.builder().source(source).parking(ParkingStrategies.SPIN).build();
  }

  /** What picocli has set. */
  static CommandSpec required(@Nullable CommandSpec spec) {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return spec;
  }

  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult arguments)
      throws Exception {
    if (!(e instanceof SignalSourceException)) {
      throw e; // a bug: picocli prints the stack trace
    }
    command.getErr().println(e.getMessage());
    for (Throwable each : e.getSuppressed()) {
      command.getErr().println("  " + each.getMessage());
    }
    return NO_SOURCE;
  }

  /** The version that the build has put into the module. */
  static final class Version implements IVersionProvider {
    static String text() {
      ModuleDescriptor module = Main.class.getModule().getDescriptor();
      return module == null ? "?" : module.rawVersion().orElse("?");
    }

    @Override
    public String[] getVersion() {
      return new String[] {"sigqueue " + text()};
    }
  }
}
