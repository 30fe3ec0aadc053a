package org.sigqueue.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.SignalSendException.Reason;
import org.sigqueue.core.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The sender that {@link SenderProcesses} starts: says "ready", waits for a line, sends these
 * signals in turn until the next line or the end of its input, and says how many times it has sent
 * each.
 */
@Command(
    name = "fire",
    description = "Sends signals until told to end: what some scenarios of stress start.",
    hidden = true)
final class FireCommand implements Callable<Integer> {
  private static final long FULL_PAUSE_NANOS = 1_000_000;

  private final Supplier<SignalSource> sources;
  private volatile boolean over;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "PID", converter = Converters.Pids.class)
  private int pid;

  @Parameters(
      index = "1..*",
      paramLabel = "SIGNAL",
      arity = "1..*",
      converter = Converters.Signals.class)
  private List<Signal> signals = List.of();

  @Option(
      names = "--values",
      paramLabel = "FIRST",
      description = "Send by sigqueue(3): values from this one on.")
  private @Nullable Long firstValue;

  @Option(
      names = "--pause",
      paramLabel = "MICROS",
      defaultValue = "0",
      description = "How many microseconds to wait after each.")
  private int pauseMicros;

  FireCommand(Supplier<SignalSource> sources) {
    this.sources = sources;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Main.required(spec).commandLine().getOut();
    try (SignalNotifier notifier = Main.anyNotifier(sources.get())) {
      out.println("ready");
      out.flush();
      readLine();
      Thread order = new Thread(this::awaitEnd, "fire-order");
      order.setDaemon(true);
      order.start();
      long[] sent = new long[signals.size()];
      try {
        fire(notifier, sent);
      } finally {
        out.println(Arrays.stream(sent).mapToObj(Long::toString).collect(Collectors.joining(" ")));
        out.flush();
      }
      return ExitCode.OK;
    } catch (SignalSendException e) {
      Main.required(spec).commandLine().getErr().println(e.getMessage());
      return ExitCode.SOFTWARE;
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // the yield belongs to the load, nothing relies on it
  private void fire(SignalNotifier notifier, long[] sent) {
    long value = firstValue == null ? 0 : firstValue;
    for (int next = 0; !over; next = (next + 1) % sent.length) {
      if (firstValue == null) {
        notifier.send(pid, signals.get(next));
      } else if (queued(notifier, signals.get(next), value)) {
        value++;
      } else {
        return; // told to end while the queue of the kernel was full
      }
      sent[next]++;
      if (pauseMicros > 0) {
        LockSupport.parkNanos(pauseMicros * 1_000L);
      } else {
        Thread.yield();
      }
    }
  }

  /** Sends a value, as soon as the kernel has room for it; false if this has to end before. */
  private boolean queued(SignalNotifier notifier, Signal signal, long value) {
    while (!over) {
      try {
        notifier.send(pid, signal, value);
        return true;
      } catch (SignalSendException e) {
        if (e.reason() != Reason.QUEUE_FULL) {
          throw e;
        }
        LockSupport.parkNanos(FULL_PAUSE_NANOS);
      }
    }
    return false;
  }

  private void awaitEnd() {
    try {
      readLine();
    } catch (IOException e) {
      // as good as its end
    }
    over = true;
  }

  private static void readLine() throws IOException {
    int read;
    do {
      read = System.in.read();
    } while (read != '\n' && read >= 0);
  }
}
