package org.sigqueue.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.cli.console.Arguments;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.Console.Style;
import org.sigqueue.cli.console.SignalNames;
import org.sigqueue.core.source.SignalSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command that prints the signals that this process receives. */
@Command(
    name = "watch",
    description = {
      "Prints each signal that this process receives, with its sender.",
      "It ends when INT or TERM comes twice within a second."
    },
    sortOptions = false,
    abbreviateSynopsis = true,
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:it was ended, or has printed as many as it should",
      "1:it could not write",
      "2:wrong arguments, or a signal that cannot be received",
      "3:signals cannot be received here"
    })
final class WatchCommand implements Callable<Integer> {
  private static final int CAPACITY = 1 << 16;
  private static final long TWICE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The signals that end it: two of a kind if they are watched, else the first. */
  private static final List<Signal> ENDS = List.of(Signal.INT, Signal.TERM);

  /** Profilers and the terminal have better uses for them. */
  private static final List<Signal> ON_REQUEST =
      List.of(Signal.PROF, Signal.VTALRM, Signal.TTIN, Signal.TTOU);

  private final Supplier<SignalSource> sources;
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "SIGNAL",
      completionCandidates = SignalNames.Candidates.class,
      description = {
        "The signals to receive: HUP, SIGHUP, RTMIN+3, 10.",
        "  Default: all but PROF, VTALRM, TTIN, TTOU"
      })
  private List<String> names = List.of();

  @Option(
      names = "--count",
      paramLabel = "N",
      converter = Arguments.Counts.class,
      description = "End after this many signals.")
  private @Nullable Long count;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = Arguments.Durations.class,
      description = "End after this time, as in 500ms, 2s, 1m.")
  private @Nullable Duration time;

  @Option(names = "--json", description = "Print a JSON object in a line for each signal.")
  private boolean json;

  private long lastEndNanos;
  private @Nullable Signal lastEnd;

  WatchCommand(Supplier<SignalSource> sources, Console console) {
    this.sources = sources;
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    int width = console.width(); // may start a child, whose SIGCHLD is not to be shown
    console.takeStandardError(width);
    try (SignalNotifier notifier = SignalNotifier.builder().source(sources.get()).build();
        SignalChannel channel = SignalChannel.queueing(CAPACITY)) {
      List<Signal> watched = names.isEmpty() ? all(notifier) : named();
      try {
        notifier.register(channel, watched);
      } catch (UnsupportedSignalException e) {
        throw invalid(String.valueOf(e.getMessage()));
      }
      List<Signal> ends = endWith(notifier, channel, watched);
      introduce(watched, ends, width);
      boolean written = print(channel, width);
      long dropped = channel.stats().dropped();
      if (dropped > 0) {
        console.err().println(dropped + " came too fast to be printed");
      }
      return written ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }

  /** Converted here: picocli takes a wrong one of an optional list for an unknown argument. */
  private List<Signal> named() {
    try {
      return names.stream().map(SignalNames::parse).distinct().toList();
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException invalid(String why) {
    CommandSpec known = spec;
    if (known == null) {
      throw new IllegalStateException("not run by picocli");
    }
    return new ParameterException(known.commandLine(), why);
  }

  private static List<Signal> all(SignalNotifier notifier) {
    return notifier.receivable().stream()
        .sorted()
        .filter(signal -> !ON_REQUEST.contains(signal))
        .filter(signal -> isFree(notifier, signal))
        .toList();
  }

  private static boolean isFree(SignalNotifier notifier, Signal signal) {
    return notifier.status(signal).kind() != Kind.IGNORED_AT_START;
  }

  /** Closes the channel with the first of these signals; returns them. */
  private static List<Signal> endWith(
      SignalNotifier notifier, SignalChannel channel, List<Signal> watched) {
    List<Signal> ends = new ArrayList<>(ENDS);
    ends.removeAll(watched);
    ends.removeIf(signal -> !isFree(notifier, signal));
    if (!ends.isEmpty()) {
      notifier.subscribe(event -> channel.close(), ends.toArray(new Signal[0]));
    }
    return ends;
  }

  private void introduce(List<Signal> watched, List<Signal> ends, int width) {
    List<String> ways = new ArrayList<>();
    if (watched.contains(Signal.INT)) {
      ways.add("Ctrl-C twice within a second");
    } else if (ends.contains(Signal.INT)) {
      ways.add("Ctrl-C");
    }
    if (watched.contains(Signal.TERM)) {
      ways.add("TERM twice");
    } else if (ends.contains(Signal.TERM)) {
      ways.add("TERM");
    }
    if (time != null) {
      ways.add(Arguments.Durations.text(time));
    }
    if (count != null) {
      ways.add(count + " signals");
    }
    String text =
        "process "
            + ProcessHandle.current().pid()
            + " watches "
            + SignalNames.ranges(watched)
            + "\nend it: "
            + String.join(", or ", ways);
    for (String line : text.split("\n", -1)) {
      Console.wrap(line, width)
          .forEach(part -> console.err().println(console.styled(Style.DIM, part)));
    }
  }

  /** Prints the signals until the end; whether all could be written. */
  private boolean print(SignalChannel channel, int width) throws InterruptedException {
    long left = count == null ? Long.MAX_VALUE : count;
    long start = System.nanoTime();
    while (left > 0) {
      SignalEvent event = next(channel, start);
      if (event == null) {
        break;
      }
      console.over(lines(event, width));
      if (console.out().checkError()) {
        return false;
      }
      left -= event.count();
      if (isEnd(event)) {
        break;
      }
    }
    return true;
  }

  /** One line, or several, broken at blanks, on a narrower terminal. */
  private List<String> lines(SignalEvent event, int width) {
    String text = json ? EventText.json(event) : EventText.line(event);
    return json || !console.isTerminal() ? List.of(text) : Console.hanging(text, width);
  }

  /** The next event; null if none comes in time, or the channel is closed. */
  private @Nullable SignalEvent next(SignalChannel channel, long start)
      throws InterruptedException {
    Duration limit = time;
    try {
      if (limit == null) {
        return channel.take();
      }
      Duration left = limit.minusNanos(System.nanoTime() - start);
      return left.isNegative() ? null : channel.poll(left);
    } catch (ChannelClosedException e) {
      return null;
    }
  }

  /** Whether the signal is one that ends it, and the one before was the same a moment ago. */
  private boolean isEnd(SignalEvent event) {
    if (!ENDS.contains(event.signal())) {
      return false;
    }
    boolean twice =
        event.count() > 1
            || (event.signal().equals(lastEnd) && event.timeNanos() - lastEndNanos < TWICE_NANOS);
    lastEnd = event.signal();
    lastEndNanos = event.timeNanos();
    return twice;
  }
}
