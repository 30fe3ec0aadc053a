package org.sigqueue.jni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSourceException;

/**
 * The signal masks of all threads of this process, which a private signal changes, and the kernel
 * tells. Callers take turns.
 */
final class ThreadMasks {
  private static final Path THREADS = Path.of("/proc/self/task");
  private static final int START_TIME = 19; // of the fields of stat that follow the name
  private static final int ESRCH = 3;
  private static final int EAGAIN = 11;
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final SharedBlock block;
  private final long maskSignal;

  /** What threads had blocked themselves: by number and start, as numbers are used again. */
  private final Map<String, Long> blockedBefore = new HashMap<>();

  /**
   * Creates the view on the threads.
   *
   * @param maskSignal the private signal that has a thread change its mask
   */
  ThreadMasks(SharedBlock block, int maskSignal) {
    this.block = block;
    this.maskSignal = SignalSet.bit(maskSignal);
  }

  /** Notes who blocks these signals, none of which is direct yet, so that they stay so. */
  void remember(long signals) {
    long unmanaged = signals & ~managed();
    for (Look look : threads()) {
      long blocked = look.blocked() & unmanaged;
      if (isReachable(look) && blocked != 0) {
        blockedBefore.merge(identity(look.thread()), blocked, (before, now) -> before | now);
      }
    }
  }

  /**
   * Brings the masks of all threads in line with the delivery modes, as far as these signals are
   * concerned. Takes a few microseconds for each thread, and up to a second while one is at work
   * with all signals blocked, as in the middle of creating a thread.
   *
   * @throws SignalSourceException if a thread cannot be reached
   */
  void apply(long signals) {
    long start = System.nanoTime();
    // The mask of the receiver does not show while it waits; it blocks itself what it waits for,
    // but somebody has to take off what it need not block any more.
    threads().stream().filter(this::isReceiver).forEach(look -> set(look.thread(), signals));
    Set<Path> told = new HashSet<>(); // those that follow when they can be reached
    // One look can miss a thread that was created meanwhile by one that was not reached yet.
    for (int clean = 0; clean < 2; ) {
      List<Look> others = threads().stream().filter(look -> !isReceiver(look)).toList();
      List<Look> wrong = others.stream().filter(look -> isWrong(look, signals)).toList();
      wrong.forEach(look -> set(look.thread(), signals));
      for (Look look : others) { // in a handler, or blocking everything for another reason
        if (!isReachable(look) && !told.contains(look.thread()) && set(look.thread(), signals)) {
          told.add(look.thread());
        }
      }
      boolean settling =
          others.stream().anyMatch(Look::mayCreateThread)
              && System.nanoTime() - start < SETTLE_NANOS;
      clean = wrong.isEmpty() && !settling ? clean + 1 : 0;
      if (clean == 0) {
        checkTime(start, wrong);
        LockSupport.parkNanos(PAUSE_NANOS); // handlers are at work
      }
    }
    blockedBefore.values().removeIf(blocked -> (blocked & managed()) == 0);
  }

  private static void checkTime(long startNanos, List<Look> wrong) {
    if (System.nanoTime() - startNanos > DEADLINE_NANOS) {
      throw new SignalSourceException(
          "the signal masks of these threads cannot be set, perhaps because the queue"
              + " of the kernel is full: "
              + wrong.stream().map(ThreadMasks::describe).toList(),
          EAGAIN);
    }
  }

  private static String describe(Look look) {
    return read(look.thread().resolve("comm")).strip()
        + " (thread "
        + tid(look.thread())
        + ", which blocks "
        + new SignalSet(look.blocked())
        + " of "
        + new SignalSet(Shim.mask(tid(look.thread())))
        + ")";
  }

  private boolean isWrong(Look look, long signals) {
    long want = Shim.mask(tid(look.thread()));
    if (!blockedBefore.isEmpty()) {
      want |= blockedBefore.getOrDefault(identity(look.thread()), 0L);
    }
    return ((look.blocked() ^ want) & signals) != 0 && isReachable(look);
  }

  private boolean isReachable(Look look) {
    return (look.blocked() & maskSignal) == 0;
  }

  private boolean isReceiver(Look look) {
    return block.isSleeper(tid(look.thread()));
  }

  /** Returns false if the thread has ended, or if the queue of the kernel is full. */
  private static boolean set(Path thread, long signals) {
    int error = Shim.setMask(tid(thread), signals);
    if (error != 0 && error != ESRCH && error != EAGAIN) {
      throw new SignalSourceException(
          "cannot set the signal mask of a thread: " + Shim.strerror(error), error);
    }
    return error == 0;
  }

  private static long managed() {
    return Shim.mask((int) ProcessHandle.current().pid());
  }

  private static List<Look> threads() {
    try (Stream<Path> threads = Files.list(THREADS)) {
      return threads.flatMap(Look::at).toList();
    } catch (IOException e) {
      throw new SignalSourceException("cannot read " + THREADS, e);
    }
  }

  private static int tid(Path thread) {
    return Integer.parseInt(thread.getFileName().toString());
  }

  private static String identity(Path thread) {
    String stat = read(thread.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    return thread.getFileName() + "@" + (fields.length > START_TIME ? fields[START_TIME] : "");
  }

  /** The content of a file of a thread, empty if it has ended. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // ENOENT or ESRCH, for which there is no exception
    }
  }

  /** What the kernel says of a thread at one moment. */
  private record Look(Path thread, long blocked, String state) {
    private static final long ALL = ~(SignalSet.bit(9) | SignalSet.bit(19)); // KILL and STOP

    /** Nothing if the thread has ended. */
    static Stream<Look> at(Path thread) {
      String status = read(thread.resolve("status"));
      String blocked = field(status, "\nSigBlk:");
      return blocked.isEmpty()
          ? Stream.empty()
          : Stream.of(
              new Look(thread, Long.parseUnsignedLong(blocked, 16), field(status, "\nState:")));
    }

    /**
     * Whether the thread may be about to create another, which libc does with all signals blocked,
     * and which then starts with the mask that this one has had; or may be such a new one. Handlers
     * of ours do not block all.
     */
    boolean mayCreateThread() {
      return blocked == ALL && (state.startsWith("R") || state.startsWith("D"));
    }

    private static String field(String status, String name) {
      int at = status.indexOf(name);
      return at < 0
          ? ""
          : status.substring(at + name.length(), status.indexOf('\n', at + 1)).strip();
    }
  }
}
