package org.sigqueue.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.SignalNames;
import org.sigqueue.core.source.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The help, manual and completion of {@link Send}, which reads its arguments itself. */
@Command(
    name = "send",
    description = {
      "Sends a signal to processes, with or without a value.",
      "Signal and process may come in either order. A negative number means the process group of"
          + " that number, after a signal or --. The signal 0 asks whether a process is there."
    },
    customSynopsis = {
      "sigqueue send SIGNAL PID... [--value=N]",
      "       sigqueue send PID SIGNAL [--value=N]",
      "       sigqueue send -SIGNAL PID... [--value=N]"
    },
    sortOptions = false,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:it was sent to all",
      "1:it could not be sent to one of them, or 0 found one missing",
      "2:wrong arguments",
      "3:there is no source of signals here"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sigqueue send TERM 4242",
      "  sigqueue send -HUP 4242 4243",
      "  sigqueue send 4242 RTMIN+3 --value 0x10",
      "  sigqueue send WINCH -- -4242"
    })
@SuppressWarnings("UnusedVariable") // picocli describes the fields, and Send reads the arguments
final class SendCommand implements Callable<Integer> {
  private final Supplier<SignalSource> sources;
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "SIGNAL PID",
      completionCandidates = SignalNames.Candidates.class,
      description = "The signal (HUP, SIGHUP, RTMIN+3, 10) and the processes.")
  private List<String> operands = List.of();

  @Option(
      names = {"-s", "--signal"},
      paramLabel = "SIGNAL",
      completionCandidates = SignalNames.Candidates.class,
      description = "The signal.")
  private @Nullable String signal;

  @Option(
      names = {"-q", "--value"},
      paramLabel = "N",
      description = "Send this along: 64 bits, as in 42, -1, 0x10. An int gets the lower half.")
  private @Nullable String value;

  SendCommand(Supplier<SignalSource> sources, Console console) {
    this.sources = sources;
    this.console = console;
  }

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not run by picocli");
    }
    List<String> arguments = spec.commandLine().getParseResult().originalArgs();
    return Send.run(arguments, sources, console);
  }
}
