package org.sigqueue;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Occurrence;

/**
 * One or more occurrences of a signal, with what is known of the latest. Immutable.
 *
 * <p>The kernel merges a standard signal that is sent again while it is still pending, before any
 * program can see it; {@link #count} counts what reached the process.
 */
public final class SignalEvent {
  /** Who or what made a signal: {@code si_code}. */
  public enum Cause {
    /** A process, by {@code kill(2)}. */
    USER,
    /** A process, by {@code sigqueue(3)}: there is a {@link SignalEvent#value}. */
    QUEUE,
    /** A process, by {@code tgkill(2)} or {@code pthread_kill(3)}: to one thread. */
    THREAD,
    /** A POSIX timer. */
    TIMER,
    /** A message queue. */
    MESSAGE_QUEUE,
    /** I/O that completed or became possible. */
    IO,
    /** A child that ended, stopped or continued: there is a {@link SignalEvent#status}. */
    CHILD,
    /** The kernel: the terminal, for example. */
    KERNEL,
    /** Not known: the details were lost, or the source does not have them. */
    UNKNOWN
  }

  /** The process that sent a signal, or the child that it tells of. */
  public record Sender(int pid, int uid) {}

  private static final int SI_KERNEL = 0x80;

  private final Signal signal;
  private final int code;
  private final int pid;
  private final int uid;
  private final int status;
  private final long count;
  private final long sequence;
  private final long timeNanos;
  private final long value;

  private SignalEvent(Occurrence details) {
    this.signal = Signal.of(details.signal);
    this.code = details.code;
    this.pid = details.pid;
    this.uid = details.uid;
    this.status = details.status;
    this.count = details.count;
    this.sequence = details.sequence;
    this.timeNanos = details.timeNanos;
    this.value = details.value;
  }

  private SignalEvent(SignalEvent details, long count) {
    this.signal = details.signal;
    this.code = details.code;
    this.pid = details.pid;
    this.uid = details.uid;
    this.status = details.status;
    this.count = count;
    this.sequence = details.sequence;
    this.timeNanos = details.timeNanos;
    this.value = details.value;
  }

  static SignalEvent of(Occurrence occurrence) {
    return new SignalEvent(occurrence);
  }

  /** This event, counting an earlier one of the same signal as well. */
  SignalEvent after(@Nullable SignalEvent earlier) {
    return earlier == null ? this : withCount(count + earlier.count);
  }

  /** This event, for so many occurrences. */
  SignalEvent withCount(long other) {
    return other == count ? this : new SignalEvent(this, other);
  }

  /** The signal. */
  public Signal signal() {
    return signal;
  }

  /** How many occurrences this event stands for: at least 1. */
  public long count() {
    return count;
  }

  /**
   * The place of the latest occurrence in the order of recording across all signals; -1 if its
   * details were lost because signals came faster than they were recorded.
   */
  public long sequence() {
    return sequence;
  }

  /** Whether the details of the latest occurrence are known: all but signal, count and time. */
  public boolean hasDetails() {
    return code != Occurrence.NO_DETAILS;
  }

  /** When the latest occurrence arrived, comparable with {@link System#nanoTime}. */
  public long timeNanos() {
    return timeNanos;
  }

  /** {@code si_code} as the system gave it. */
  public OptionalInt code() {
    return hasDetails() ? OptionalInt.of(code) : OptionalInt.empty();
  }

  /** Who or what made the signal. */
  public Cause cause() {
    return switch (code) {
      case 0 -> Cause.USER;
      case -1 -> Cause.QUEUE;
      case -2 -> Cause.TIMER;
      case -3 -> Cause.MESSAGE_QUEUE;
      case -4, -5 -> Cause.IO;
      case -6 -> Cause.THREAD;
      case Occurrence.NO_DETAILS -> Cause.UNKNOWN;
      default -> {
        if (signal.equals(Signal.CHLD) && code > 0 && code < SI_KERNEL) {
          yield Cause.CHILD;
        }
        yield signal.equals(Signal.IO) && code > 0 && code < SI_KERNEL ? Cause.IO : Cause.KERNEL;
      }
    };
  }

  /**
   * The sender, or for {@link Cause#CHILD} the child; a pid of 0 is one of another pid namespace.
   */
  public Optional<Sender> sender() {
    return switch (cause()) {
      case USER, QUEUE, THREAD, MESSAGE_QUEUE, CHILD -> Optional.of(new Sender(pid, uid));
      default -> Optional.empty();
    };
  }

  /** What was sent along: the {@code sigval} of {@code sigqueue}, a timer or a message queue. */
  public OptionalLong value() {
    return switch (cause()) {
      case QUEUE, TIMER, MESSAGE_QUEUE -> OptionalLong.of(value);
      default -> OptionalLong.empty();
    };
  }

  /** For {@link Cause#CHILD}: the exit status, or the signal that ended or stopped the child. */
  public OptionalInt status() {
    return cause() == Cause.CHILD ? OptionalInt.of(status) : OptionalInt.empty();
  }

  /** The event for people: the signal, how often, and who sent it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(signal.toString());
    if (count > 1) {
      text.append(" x").append(count);
    }
    sender()
        .ifPresent(sender ->
            text.append(cause() == Cause.CHILD ? " of pid " : " from pid ")
                .append(sender.pid())
                .append(" uid ")
                .append(sender.uid()));
    if (sender().isEmpty()) {
      text.append(hasDetails() ? " from " + cause().name().toLowerCase(java.util.Locale.ROOT) : "");
    }
    value().ifPresent(v -> text.append(" value ").append(v));
    status().ifPresent(s -> text.append(" status ").append(s));
    return text.toString();
  }
}
