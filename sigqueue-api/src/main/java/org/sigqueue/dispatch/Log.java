package org.sigqueue.dispatch;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * The log of this library: SLF4J's logger {@code org.sigqueue}, or standard error where SLF4J has
 * no provider, since trouble with signals must not be lost in silence.
 *
 * <p>SLF4J is set up when something is logged, not before: its search for a provider takes longer
 * than the first registration. A log may block or throw. So the dispatcher logs through {@link
 * Threads#later} alone, and nothing here throws.
 */
public final class Log {
  private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private Log() {}

  /** Apart, so that SLF4J is set up with the first line. */
  private static final class Target {
    static final Logger LOGGER = LoggerFactory.getLogger("org.sigqueue");
    static final boolean NONE = LOGGER instanceof NOPLogger;
  }

  /** Logs a thing that a person may want to know. May block as long as the log does. */
  public static void info(String message) {
    try {
      if (Target.NONE) {
        print("INFO", message, null);
      } else {
        Target.LOGGER.info(message);
      }
    } catch (Throwable e) { // there is nowhere left to tell it
    }
  }

  /** Logs a thing that a person should know. May block as long as the log does. */
  public static void warn(String message, @Nullable Throwable cause) {
    try {
      if (Target.NONE) {
        print("WARN", message, cause);
      } else {
        Target.LOGGER.warn(message, cause);
      }
    } catch (Throwable e) { // there is nowhere left to tell it
    }
  }

  /** Has a thread of this library write a line to the log. Never blocks, never throws. */
  static void warnLater(String message) {
    Threads.later(() -> warn(message, null));
  }

  /** Has a thread of this library log a failure. Never blocks, never throws. */
  static void errorLater(String message, Throwable cause) {
    Threads.later(() -> error(message, cause));
  }

  /** Logs a failure. May block as long as the log does. */
  public static void error(String message, @Nullable Throwable cause) {
    try {
      if (Target.NONE) {
        print("ERROR", message, cause);
      } else {
        Target.LOGGER.error(message, cause);
      }
    } catch (Throwable e) { // there is nowhere left to tell it
    }
  }

  private static void print(String level, String message, @Nullable Throwable cause) {
    System.err.println("sigqueue " + level + " " + message + (cause == null ? "" : ": " + cause));
  }

  /**
   * Reports failures of one subscriber: from a thread of this library, and those of each signal
   * once in ten seconds, with the number of those that were not reported. Never blocks, never
   * throws, and asks the handler for its text on that thread alone.
   */
  static final class FailureReport {
    private final ConcurrentHashMap<Integer, Repeats> repeats = new ConcurrentHashMap<>();
    private final String start;
    private final Object handler;

    private static final class Repeats {
      private long silentUntilNanos = System.nanoTime();
      private long suppressed;

      /** The number of those that were not reported before this one; -1 if this one is not. */
      synchronized long next() {
        long now = System.nanoTime();
        if (now - silentUntilNanos < 0) {
          suppressed++;
          return -1;
        }
        long before = suppressed;
        suppressed = 0;
        silentUntilNanos = now + REPEAT_NANOS;
        return before;
      }
    }

    FailureReport(String what) {
      this(what, "");
    }

    /** The text is given before anything fails: even a literal may need memory when it is used. */
    FailureReport(String start, Object handler) {
      this.start = start;
      this.handler = handler;
    }

    void failed(Throwable why) {
      failed(null, why);
    }

    void failed(@Nullable Signal signal, Throwable why) {
      try {
        int number = signal == null ? 0 : signal.number();
        long suppressed = repeats.computeIfAbsent(number, ignored -> new Repeats()).next();
        if (suppressed >= 0) {
          Threads.later(() -> error(text(signal, suppressed), why));
        }
      } catch (Throwable e) { // the counters still tell
      }
    }

    private String text(@Nullable Signal signal, long suppressed) {
      String more = suppressed == 0 ? "" : " (and " + suppressed + " times since the last line)";
      return start + name() + (signal == null ? "" : " of " + signal) + " has failed" + more;
    }

    private String name() {
      try {
        return handler.toString();
      } catch (Throwable e) { // code of a user
        return handler.getClass().getName();
      }
    }
  }
}
