package org.sigqueue.stress;

import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.core.SignalSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the signals that this process receives. */
@Command(
    name = "watch",
    description = {
      "Prints each signal that this process receives, with who sent it.",
      "INT and TERM end it, unless they are named."
    },
    sortOptions = false,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:it was ended, or has printed as many as it should",
      "1:it could not write",
      "2:wrong arguments, or a signal that cannot be received",
      "3:signals cannot be received here"
    })
final class WatchCommand implements Callable<Integer> {
  private static final int CAPACITY = 1 << 16;
  private static final List<Signal> ENDS = List.of(Signal.INT, Signal.TERM);

  /** Profilers and the terminal have better uses for them. */
  private static final List<Signal> ON_REQUEST =
      List.of(Signal.PROF, Signal.VTALRM, Signal.TTIN, Signal.TTOU);

  private final Supplier<SignalSource> sources;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "SIGNAL",
      description = {
        "The signals to receive: HUP, SIGHUP, RTMIN+3, 10.",
        "  Default: all but INT, TERM, PROF, VTALRM, TTIN, TTOU"
      })
  private List<String> names = List.of();

  @Option(
      names = "--count",
      paramLabel = "N",
      converter = Converters.Counts.class,
      description = "End after this many signals.")
  private @Nullable Integer count;

  @Option(names = "--json", description = "Print a JSON object in a line for each.")
  private boolean json;

  WatchCommand(Supplier<SignalSource> sources) {
    this.sources = sources;
  }

  @Override
  public Integer call() throws InterruptedException {
    CommandSpec command = Main.required(spec);
    PrintWriter err = command.commandLine().getErr();
    try (SignalNotifier notifier = SignalNotifier.builder().source(sources.get()).build();
        SignalChannel channel = SignalChannel.queueing(CAPACITY)) {
      List<Signal> watched = names.isEmpty() ? allOf(notifier) : named(command.commandLine());
      try {
        notifier.notify(channel, watched.toArray(new Signal[0]));
      } catch (UnsupportedSignalException e) {
        throw new ParameterException(command.commandLine(), e.getMessage(), e);
      }
      endWith(notifier, channel, watched);
      err.println("process " + ProcessHandle.current().pid() + " watches " + names(watched));
      boolean written = print(channel, command.commandLine().getOut());
      long dropped = channel.stats().dropped();
      if (dropped > 0) {
        err.println(dropped + " came too fast to be printed");
      }
      return written ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }

  /** Converted here: picocli takes a wrong one of an optional list for an unknown argument. */
  private List<Signal> named(CommandLine command) {
    try {
      return names.stream().map(Signal::of).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, e.getMessage(), e);
    }
  }

  private static List<Signal> allOf(SignalNotifier notifier) {
    return notifier.catchable().stream()
        .mapToObj(Signal::of)
        .filter(signal -> !ENDS.contains(signal) && !ON_REQUEST.contains(signal))
        .filter(signal -> isFree(notifier, signal))
        .toList();
  }

  private static boolean isFree(SignalNotifier notifier, Signal signal) {
    return notifier.status(signal).kind() != Kind.IGNORED_AT_START;
  }

  private static void endWith(
      SignalNotifier notifier, SignalChannel channel, List<Signal> watched) {
    List<Signal> ends = new ArrayList<>(ENDS);
    ends.removeAll(watched);
    ends.removeIf(signal -> !isFree(notifier, signal));
    if (!ends.isEmpty()) {
      notifier.subscribe(event -> channel.close(), ends.toArray(new Signal[0]));
    }
  }

  /** Returns whether all could be written. */
  private boolean print(SignalChannel channel, PrintWriter out) {
    long left = count == null ? Long.MAX_VALUE : count;
    for (SignalEvent event : channel) {
      out.println(json ? object(event) : text(event));
      if (out.checkError()) {
        return false;
      }
      left -= event.count();
      if (left <= 0) {
        break;
      }
    }
    return true;
  }

  private static String text(SignalEvent event) {
    return timeOf(event).atZone(ZoneId.systemDefault()).toLocalDateTime() + " " + event;
  }

  /** What is not known is left out. */
  private static JsonObject object(SignalEvent event) {
    JsonObject object = new JsonObject();
    object.addProperty("time", timeOf(event).toString());
    object.addProperty("signal", event.signal().toString());
    object.addProperty("number", event.signal().number());
    object.addProperty("count", event.count());
    object.addProperty("cause", event.cause().name());
    event
        .sender()
        .ifPresent(sender -> {
          object.addProperty("pid", sender.pid());
          object.addProperty("uid", sender.uid());
        });
    event.value().ifPresent(value -> object.addProperty("value", value));
    event.status().ifPresent(status -> object.addProperty("status", status));
    return object;
  }

  private static Instant timeOf(SignalEvent event) {
    return Instant.now()
        .minusNanos(System.nanoTime() - event.timeNanos())
        .truncatedTo(ChronoUnit.MICROS);
  }

  private static String names(List<Signal> signals) {
    return signals.stream().map(Signal::name).collect(Collectors.joining(" "));
  }
}
