package org.sigqueue.jni;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The two real-time signals that exclusive delivery takes while there is any: one tells threads to
 * change their masks, one wakes the receiver. Only {@link #taken} and {@link #loss} are
 * thread-safe: callers of the rest must synchronize.
 */
final class PrivateSignals {
  /** The system property that names two real-time signals to take: numbers with a comma. */
  static final String PROPERTY = "org.sigqueue.private-signals";

  /** Those before are libc's own. */
  static final int FIRST_REAL_TIME = 34;

  private static final int JDK_WAKES_IO = 62;

  private final SignalSource source;
  private volatile List<Integer> taken = List.of(); // the mask signal, then the wake signal

  PrivateSignals(SignalSource source) {
    this.source = source;
  }

  /** Those that are taken. */
  SignalSet taken() {
    return SignalSet.of(taken.stream().mapToInt(signal -> signal).toArray());
  }

  /** The signal that tells threads which bits of their masks to change. */
  int mask() {
    return taken.get(0);
  }

  /** The signal that wakes the receiver. */
  int wake() {
    return taken.get(1);
  }

  /**
   * Takes them, if they are not.
   *
   * @throws SignalSourceException if there are no two that are free, or the kernel refuses
   */
  void take() {
    if (!taken.isEmpty()) {
      return;
    }
    String configured = System.getProperty(PROPERTY);
    List<Integer> chosen =
        configured == null ? free().limit(2).boxed().toList() : parse(configured);
    int error = chosen.size() < 2 ? Errno.EBUSY : Shim.takePrivate(chosen.get(0), chosen.get(1));
    if (error == Errno.EBUSY) {
      throw new SignalSourceException(
          configured == null
              ? "no two real-time signals are free, of which exclusive delivery needs one to set the"
                  + " masks of threads and one to wake the receiver"
              : PROPERTY + " names " + chosen + ", which somebody else has a handler for",
          error);
    }
    if (error != 0) {
      throw new SignalSourceException(
          "the kernel refuses to wait for signals or to wake who waits: " + Shim.strerror(error),
          error);
    }
    taken = chosen;
  }

  /** The real-time signals without a handler or a receiver that were not blocked from the start. */
  private IntStream free() {
    ThreadLook here = ThreadLook.at(Shim.gettid(), source.block());
    long blocked = here == null ? 0 : here.blocked();
    return IntStream.iterate(SignalSet.MAX - 1, signal -> signal >= FIRST_REAL_TIME, n -> n - 1)
        .filter(signal -> signal != JDK_WAKES_IO && (blocked & SignalSet.bit(signal)) == 0)
        .filter(this::isFree);
  }

  private boolean isFree(int signal) {
    return source.disposition(signal).handler() == 0 && !source.block().wanted().contains(signal);
  }

  private static List<Integer> parse(String configured) {
    try {
      List<Integer> signals =
          Stream.of(configured.split(",", -1)).map(text -> Integer.valueOf(text.strip())).toList();
      boolean fits =
          signals.stream()
              .allMatch(n -> n >= FIRST_REAL_TIME && n <= SignalSet.MAX && n != JDK_WAKES_IO);
      if (fits && signals.size() == 2 && signals.stream().distinct().count() == 2) {
        return signals;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new SignalSourceException(
        PROPERTY
            + " is '"
            + configured
            + "' but has to name two different real-time signals, like 63,61: 34 to 64 without 62",
        0);
  }

  /** The library that has replaced a handler of ours, for people; null if none has. */
  @Nullable String loss() {
    int lost = Shim.lostPrivate(); // 0 also while none is taken
    if (lost == 0) {
      return null;
    }
    long handler = source.disposition(lost).handler();
    String owner = source.owner(handler);
    return "signal "
        + lost
        + ", which exclusive delivery uses, was taken by "
        + (owner == null ? "somebody else" : owner);
  }

  /**
   * Takes another signal to tell threads by, if the one that did so is lost and another is free.
   */
  void replaceMask() {
    List<Integer> before = taken;
    free()
        .filter(signal -> Shim.takePrivate(signal, before.get(1)) == 0)
        .findFirst()
        .ifPresent(signal -> taken = List.of(signal, before.get(1)));
  }

  /** Gives them back, unless one may still be sent; returns whether that was done. */
  boolean giveBack() {
    if (Shim.giveBackPrivate() != 0) {
      return false;
    }
    taken = List.of();
    return true;
  }
}
