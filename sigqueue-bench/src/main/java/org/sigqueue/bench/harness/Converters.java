package org.sigqueue.bench.harness;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converters for arguments of the command line; each refusal says what is allowed. */
public final class Converters {
  private Converters() {}

  /** An integer between two others. */
  abstract static class Range implements ITypeConverter<Integer> {
    private final String what;
    private final int min;
    private final int max;

    Range(String what, int min, int max) {
      this.what = what;
      this.min = min;
      this.max = max;
    }

    @Override
    public Integer convert(String text) {
      if (text.matches("[0-9]{1,9}")) {
        int number = Integer.parseInt(text);
        if (number >= min && number <= max) {
          return number;
        }
      }
      throw new TypeConversionException(
          "'" + text + "' is not a " + what + "; allowed are " + min + " to " + max);
    }
  }

  /** A number of rounds. */
  public static final class Rounds extends Range {
    Rounds() {
      super("number of rounds", 1, 100);
    }
  }

  /** A number of signals. */
  static final class Signals extends Range {
    Signals() {
      super("number of signals", 1, 10_000_000);
    }
  }

  /** A number of warm-up signals. */
  static final class Warmup extends Range {
    Warmup() {
      super("number of signals", 0, 1_000_000);
    }
  }

  /** A number of CPUs, or 0. */
  static final class Cpus extends Range {
    Cpus() {
      super("number of CPUs", 0, 1024);
    }
  }

  /** A number of sending threads. */
  static final class Workers extends Range {
    Workers() {
      super("number of workers", 1, 256);
    }
  }

  /** A number of channels. */
  static final class Channels extends Range {
    Channels() {
      super("number of channels", 1, 100_000);
    }
  }

  /** A delivery, or all. */
  static final class Deliveries implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (text.equals(PeerSet.ALL) || PeerSet.DELIVERIES.contains(text)) {
        return text;
      }
      throw new TypeConversionException(
          "'%s' is not a delivery; allowed are %s, %s"
              .formatted(text, String.join(", ", PeerSet.DELIVERIES), PeerSet.ALL));
    }
  }

  /** A time with a unit. */
  static final class Durations implements ITypeConverter<Duration> {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,6})(us|ms|s)");

    @Override
    public Duration convert(String text) {
      Matcher matcher = SYNTAX.matcher(text);
      if (matcher.matches()) {
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
            switch (matcher.group(2)) {
              case "us" -> Duration.ofNanos(amount * 1000);
              case "ms" -> Duration.ofMillis(amount);
              default -> Duration.ofSeconds(amount);
            };
        if (!duration.isZero()) {
          return duration;
        }
      }
      throw new TypeConversionException(
          "'" + text + "' is not a time; allowed are 1 to 999999 with a unit, as in 30us, 1ms, 2s");
    }
  }
}
