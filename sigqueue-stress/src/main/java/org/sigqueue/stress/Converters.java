package org.sigqueue.stress;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sigqueue.Signal;
import org.sigqueue.core.Delivery;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Arguments of the command line, from text; each refusal says what is allowed. */
final class Converters {
  private Converters() {}

  /** A number of worker threads. */
  static final class Workers implements ITypeConverter<Integer> {
    private static final int MAX = 256;

    @Override
    public Integer convert(String text) {
      if (text.matches("[0-9]{1,3}")) {
        int workers = Integer.parseInt(text);
        if (workers >= 1 && workers <= MAX) {
          return workers;
        }
      }
      throw new TypeConversionException(
          "'" + text + "' is no number of workers; allowed are 1 to " + MAX);
    }
  }

  /** A duration the way that people write it. */
  static final class Durations implements ITypeConverter<Duration> {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,6})(ms|s|m)");

    @Override
    public Duration convert(String text) {
      Matcher matcher = SYNTAX.matcher(text);
      if (matcher.matches()) {
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
            switch (matcher.group(2)) {
              case "ms" -> Duration.ofMillis(amount);
              case "s" -> Duration.ofSeconds(amount);
              default -> Duration.ofMinutes(amount);
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
    static String text(Duration duration) {
      long millis = duration.toMillis();
      return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
  }

  /** A delivery, by its name in lower case. */
  static final class Deliveries implements ITypeConverter<Delivery> {
    @Override
    public Delivery convert(String text) {
      for (Delivery delivery : Delivery.values()) {
        if (text(delivery).equals(text)) {
          return delivery;
        }
      }
      throw new TypeConversionException(
          "'" + text + "' is no delivery; allowed are handler, steered, exclusive and all");
    }

    /** The name that {@link #convert} makes this delivery from. */
    static String text(Delivery delivery) {
      return delivery.name().toLowerCase(Locale.ROOT);
    }
  }

  /** A signal, by name or number. */
  static final class Signals implements ITypeConverter<Signal> {
    @Override
    public Signal convert(String text) {
      try {
        return Signal.of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** A number of things. */
  static final class Counts implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return positive(text, "count");
    }
  }

  /** The number of a process. */
  static final class Pids implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return positive(text, "process");
    }
  }

  private static int positive(String text, String what) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new TypeConversionException(
        "'" + text + "' is no " + what + "; allowed are 1 to " + Integer.MAX_VALUE);
  }
}
