package org.sigqueue;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One or more occurrences of a signal, with the details of the latest.
 *
 * <p>Events are immutable and may be shared between threads. The one exception is the event that an
 * inline handler sees: the next occurrence is written over it, so a handler that keeps it keeps its
 * {@link #snapshot}.
 *
 * <p>The kernel merges a standard signal that is sent again while it is still pending, before any
 * program can see it; {@link #count} counts what was accepted.
 */
public interface SignalEvent {
  /** The origin of a signal, as {@code si_code} tells it. */
  enum Cause {
    /** A process, with {@code kill(2)}; vouched for, unless pid and uid are 0. */
    USER,
    /** A process, with {@code tgkill(2)} or {@code pthread_kill(3)}: to one thread; vouched for. */
    THREAD,
    /** A process, with {@code sigqueue(3)}: there is a {@link SignalEvent#value}. */
    QUEUE,
    /** A POSIX timer, or a process that claims to be one. */
    TIMER,
    /** A message queue, or a process that claims to be one. */
    MESSAGE_QUEUE,
    /**
     * I/O that completed or became possible, or a process that claims so; there may be a {@link
     * SignalEvent#fd}.
     */
    IO,
    /** A child that ended, stopped or continued: there is a {@link SignalEvent#child}. */
    CHILD,
    /** The kernel: the terminal, for example. */
    KERNEL,
    /** A process, in a way of its own: with an {@code si_code} that means nothing else. */
    OTHER_PROCESS,
    /** Not known: the details were lost, or the source does not have them. */
    UNKNOWN
  }

  /** The signal. */
  Signal signal();

  /** How many occurrences this event stands for: at least 1. */
  long count();

  /**
   * The place of the latest occurrence in the order of recording across all signals; -1 if its
   * details were lost because signals came faster than they were recorded.
   */
  long sequence();

  /** Whether the details of the latest occurrence are known: all but signal, count and time. */
  boolean hasDetails();

  /**
   * When the latest occurrence was recorded, or, if its details were lost, dispatched; comparable
   * with {@link System#nanoTime}.
   */
  long timeNanos();

  /** The same time by the clock of the system, as it is now. */
  default Instant time() {
    return Instant.now().minusNanos(System.nanoTime() - timeNanos());
  }

  /** The origin of the signal. */
  Cause cause();

  /** The process that sent the signal; empty if none did, or if it is not known. */
  Optional<Sender> sender();

  /** The change of a child of this process; present for {@link Cause#CHILD} alone. */
  Optional<ChildChange> child();

  /** The value that {@code sigqueue}, a timer or a message queue sent along. */
  OptionalLong value();

  /**
   * The value as {@code union sigval} has it when an {@code int} was sent: the lower half of {@link
   * #value}, as the upper half is undefined then.
   */
  default OptionalInt intValue() {
    OptionalLong value = value();
    return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
  }

  /** The descriptor that became ready, for {@link Cause#IO} that the kernel tells of. */
  OptionalInt fd();

  /** This event in a form that stays as it is; itself if it does anyway. */
  SignalEvent snapshot();
}
