package org.sigqueue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.dispatch.Hub;
import org.sigqueue.dispatch.SignalPolicy;

/**
 * The obstacle to receiving a signal in this process, if there is one.
 *
 * @param signal the signal
 * @param kind its kind; the worst one if there are several
 * @param exclusive whether it is received exclusively, and not by the handler
 * @param explanation why, for people
 */
public record SignalStatus(Signal signal, Kind kind, boolean exclusive, String explanation) {
  /** The uses that a program can make of a signal. */
  public enum Kind {
    /** It can be received. */
    CATCHABLE,
    /** The system does not let a process catch it. */
    UNCATCHABLE,
    /** It reports a fault of the running code. */
    FAULT,
    /** The Java virtual machine needs it. */
    RESERVED_BY_VM,
    /** The C library needs it. */
    RESERVED_BY_LIBC,
    /** The source of signals in use cannot receive it; another one may. */
    NOT_SUPPORTED_BY_SOURCE,
    /** It was ignored when the process started. */
    IGNORED_AT_START,
    /** All threads block it, so that it stays pending. */
    BLOCKED_EVERYWHERE,
    /** Neither the JVM nor this library has installed its handler. */
    FOREIGN_HANDLER,
    /** It is wanted, but somebody has replaced the handler of this library. */
    DISPLACED
  }

  private static final Path THREADS = Path.of("/proc/self/task");
  private static final String BLOCKED = "SigBlk:";

  static SignalStatus of(Signal signal, Hub hub) {
    SignalSource source = hub.source();
    boolean exclusive = source.exclusive().contains(signal.number());
    UnsupportedSignalException refusal = SignalPolicy.refusal(signal, source);
    if (refusal != null) {
      return new SignalStatus(
          signal,
          Kind.valueOf(refusal.reason().name()),
          exclusive,
          String.valueOf(refusal.getMessage()));
    }
    Disposition now = source.disposition(signal.number());
    String owner = source.owner(now.handler());
    boolean wanted = hub.isWanted(signal.number());
    String displacement = hub.displacement(signal.number());
    if (displacement != null) {
      return new SignalStatus(
          signal, Kind.DISPLACED, exclusive, "its handler was replaced by " + displacement);
    }
    boolean unblocked = wanted && source.isSubjectToMasks(); // by the loop, while it waits
    if (!unblocked && !exclusive && isBlockedEverywhere(signal.number())) {
      return new SignalStatus(
          signal,
          Kind.BLOCKED_EVERYWHERE,
          exclusive,
          "all threads block it; it stays pending until one does not");
    }
    if (source.previous(signal.number()).handler() == Disposition.IGNORE) {
      return new SignalStatus(
          signal, Kind.IGNORED_AT_START, exclusive, ofIgnored(wanted, now.handler()));
    }
    boolean hasHandler =
        now.handler() != Disposition.DEFAULT && now.handler() != Disposition.IGNORE;
    if (hasHandler && !now.ours() && !"libjvm.so".equals(owner)) {
      return new SignalStatus(
          signal, Kind.FOREIGN_HANDLER, exclusive, "its handler is in " + ownerName(owner));
    }
    String trouble = source.trouble();
    return new SignalStatus(
        signal,
        Kind.CATCHABLE,
        exclusive,
        (wanted ? "it is received" : "it can be received")
            + (trouble == null ? "" : "; exclusive delivery has had trouble: " + trouble));
  }

  private static String ofIgnored(boolean wanted, long handler) {
    String what = "it was ignored when the process started";
    if (!wanted) {
      return what;
    }
    return handler == Disposition.IGNORE
        ? what + ", and stays so; SignalNotifier.Builder.takeOverIgnored() receives it"
        : what + ", and taken over";
  }

  private static String ownerName(@Nullable String owner) {
    return owner == null ? "code of no known file" : owner;
  }

  private static boolean isBlockedEverywhere(int signal) {
    if (!Files.isDirectory(THREADS)) {
      return false; // not told by this system
    }
    try (Stream<Path> threads = Files.list(THREADS)) {
      return threads.allMatch(thread -> blocked(thread).contains(signal));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + THREADS, e);
    }
  }

  /** The signals that a thread blocks; all of them if it has ended meanwhile. */
  private static SignalSet blocked(Path thread) {
    List<String> lines;
    try {
      lines = Files.readAllLines(thread.resolve("status"));
    } catch (IOException e) {
      // A thread that ends while it is read: the kernel says ESRCH, which has no exception of its
      // own.
      return new SignalSet(-1);
    }
    return lines.stream()
        .filter(line -> line.startsWith(BLOCKED))
        .findFirst()
        .map(line -> Long.parseUnsignedLong(line.substring(BLOCKED.length()).strip(), 16))
        .map(SignalSet::new)
        .orElse(SignalSet.EMPTY);
  }
}
