package org.sigqueue.stress;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.core.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends a signal to a process. */
@Command(
    name = "send",
    description = "Sends a process a signal, with a value if there is one: kill(2), sigqueue(3).",
    sortOptions = false,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:it was sent",
      "1:it could not be sent",
      "2:wrong arguments",
      "3:there is no source of signals here"
    })
final class SendCommand implements Callable<Integer> {
  private final Supplier<SignalSource> sources;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "PID",
      converter = Converters.Pids.class,
      description = "The process.")
  private int pid;

  @Parameters(
      index = "1",
      paramLabel = "SIGNAL",
      converter = Converters.Signals.class,
      description = "The signal: HUP, SIGHUP, RTMIN+3, 10.")
  private Signal signal = Signal.TERM;

  @Option(
      names = "--value",
      paramLabel = "N",
      description = "What to send along, 64 bits; a program with 32 sees the lower ones.")
  private @Nullable Long value;

  SendCommand(Supplier<SignalSource> sources) {
    this.sources = sources;
  }

  @Override
  public Integer call() {
    try (SignalNotifier notifier = Main.anyNotifier(sources.get())) {
      if (value == null) {
        notifier.send(pid, signal);
      } else {
        notifier.send(pid, signal, value);
      }
      return ExitCode.OK;
    } catch (SignalSendException e) {
      Main.required(spec).commandLine().getErr().println(e.getMessage());
      return ExitCode.SOFTWARE;
    }
  }
}
