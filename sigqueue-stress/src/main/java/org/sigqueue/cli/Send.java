package org.sigqueue.cli;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.SignalNames;
import org.sigqueue.cli.console.UsageLine;
import org.sigqueue.core.source.SignalSender;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The program {@code send}. It loads neither picocli nor a logger, so it takes little longer than
 * the start of a JVM.
 */
final class Send {
  private static final int SENT = 0;
  private static final int FAILED = 1;
  private static final int WRONG_ARGUMENTS = 2;

  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final int EAGAIN = 11;

  private Send() {}

  /** Sends as the arguments say; returns the exit status. */
  static int run(List<String> arguments, Supplier<SignalSource> sources, Console console) {
    SendArguments parsed;
    try {
      parsed = SendArguments.parse(arguments);
    } catch (IllegalArgumentException e) {
      console.error(UsageLine.of("sigqueue send", String.valueOf(e.getMessage())));
      return WRONG_ARGUMENTS;
    }
    SignalSource source;
    try {
      source = sources.get();
    } catch (SignalSourceException e) {
      return Main.noSource(e, console.err());
    }
    int status = SENT;
    for (long target : parsed.targets()) {
      Signal signal = parsed.signal();
      try {
        if (signal == null) {
          source.sender().probe(target);
          console.line(name(target) + " is there");
        } else {
          send(source.sender(), signal.number(), parsed.value(), target);
        }
      } catch (SignalSourceException e) {
        String what = signal == null ? "" : "cannot send " + SignalNames.of(signal) + " to ";
        console.error("sigqueue send: " + what + name(target) + ": " + reason(e, target));
        status = FAILED;
      }
    }
    return status;
  }

  private static void send(SignalSender sender, int signal, @Nullable Long value, long target) {
    if (target < 0) {
      sender.killGroup(-target, signal);
    } else if (value == null) {
      sender.kill(target, signal);
    } else {
      sender.queue(target, signal, value);
    }
  }

  private static String name(long target) {
    return target > 0 ? "process " + target : "process group " + -target;
  }

  private static String reason(SignalSourceException e, long target) {
    return switch (e.errno()) {
      case EPERM -> "it belongs to another user";
      case ESRCH -> "there is no such " + (target > 0 ? "process" : "group");
      case EAGAIN -> "as many signals are queued as its user may have (ulimit -i)";
      default -> String.valueOf(e.getMessage());
    };
  }
}
