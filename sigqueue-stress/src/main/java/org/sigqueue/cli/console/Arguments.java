package org.sigqueue.cli.console;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sigqueue.Signal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Arguments of the command line, from text; each refusal says what is allowed. */
public final class Arguments {
  private Arguments() {}

  /** A number of worker threads. */
  public static final class Workers implements ITypeConverter<Integer> {
    private static final int MAX = 256;

    @Override
    public Integer convert(String text) {
      return (int) number(text, "number of workers", MAX);
    }
  }

  /** A number of things. */
  public static final class Counts implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return number(text, "count", Integer.MAX_VALUE);
    }
  }

  /** A duration as people write it. */
  public static final class Durations implements ITypeConverter<Duration> {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,6})(ms|s|m|h)");

    @Override
    public Duration convert(String text) {
      Matcher matcher = SYNTAX.matcher(text);
      if (matcher.matches()) {
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
            switch (matcher.group(2)) {
              case "ms" -> Duration.ofMillis(amount);
              case "s" -> Duration.ofSeconds(amount);
              case "m" -> Duration.ofMinutes(amount);
              default -> Duration.ofHours(amount);
            };
        if (!duration.isZero()) {
          return duration;
        }
      }
      throw new TypeConversionException(
          "'"
              + text
              + "' is no duration; allowed are 1 to 999999 with a unit, as in 500ms, 2s, 1m");
    }

    /** The text that {@link #convert} makes this duration from. */
    public static String text(Duration duration) {
      long millis = duration.toMillis();
      return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
  }

  /** A signal, by name or number. */
  public static final class Signals implements ITypeConverter<Signal> {
    @Override
    public Signal convert(String text) {
      try {
        return SignalNames.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private static long number(String text, String what, int most) {
    if (text.matches("[0-9]{1,10}")) {
      long number = Long.parseLong(text);
      if (number >= 1 && number <= most) {
        return number;
      }
    }
    throw new TypeConversionException(
        "'" + text + "' is no " + what + "; allowed are 1 to " + most);
  }
}
