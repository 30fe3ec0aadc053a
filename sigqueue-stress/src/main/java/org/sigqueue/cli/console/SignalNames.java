package org.sigqueue.cli.console;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.sigqueue.Signal;

/** The names of signals as people write and read them: without {@code SIG}. */
public final class SignalNames {
  private static final int COUNT = 64;

  /** All names that a signal is shown with, by number. */
  private static final List<String> ALL =
      IntStream.rangeClosed(1, COUNT).mapToObj(number -> of(Signal.of(number))).toList();

  private SignalNames() {}

  /** The names, for the completion of a command line. */
  public static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ALL.iterator();
    }
  }

  /** The name of a signal: {@code HUP}, {@code RTMIN+3}. */
  public static String of(Signal signal) {
    return signal.shortName();
  }

  /**
   * The signal of this name or number.
   *
   * @throws IllegalArgumentException if there is none; the message has the nearest name
   */
  public static Signal parse(String text) {
    try {
      return Signal.of(text);
    } catch (IllegalArgumentException e) {
      boolean prefixed = text.regionMatches(true, 0, "SIG", 0, 3);
      String allowed =
          NearestName.of(prefixed ? text.substring(3) : text, ALL)
              .map(name -> "did you mean " + name + "?")
              .orElse("allowed are names (HUP, SIGHUP, RTMIN+3, RTMAX-1) and numbers (1 to 64)");
      throw new IllegalArgumentException("'" + text + "' is no signal; " + allowed, e);
    }
  }

  /** The names in the order of the numbers; three or more neighbours as a range. */
  public static String ranges(Collection<Signal> signals) {
    List<Signal> sorted = signals.stream().sorted().distinct().toList();
    List<String> parts = new ArrayList<>();
    for (int first = 0; first < sorted.size(); ) {
      int last = first;
      if (sorted.get(first).isRealTime()) { // the others are known by name, not by number
        while (last + 1 < sorted.size()
            && sorted.get(last + 1).number() == sorted.get(last).number() + 1) {
          last++;
        }
      }
      if (last - first < 2) {
        last = first;
        parts.add(of(sorted.get(first)));
      } else {
        parts.add(of(sorted.get(first)) + ".." + last(sorted.get(last)));
      }
      first = last + 1;
    }
    return String.join(" ", parts);
  }

  private static String last(Signal signal) {
    return signal.number() == COUNT ? "RTMAX" : of(signal);
  }
}
