package org.sigqueue.jni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private static final String BLOCKED = "SigBlk:";
  private static final int START_TIME = 19; // of the fields of stat that follow the name
  private static final int ESRCH = 3;
  private static final int EAGAIN = 11;
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);
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
    for (Path thread : threads()) {
      long blocked = blocked(thread, 0);
      if (isReachable(blocked) && (blocked & unmanaged) != 0) {
        blockedBefore.merge(identity(thread), blocked & unmanaged, (before, now) -> before | now);
      }
    }
  }

  /**
   * Brings the masks of all threads in line with the delivery modes, as far as these signals are
   * concerned. Takes a few microseconds for each thread.
   *
   * @throws SignalSourceException if a thread cannot be reached
   */
  void apply(long signals) {
    long start = System.nanoTime();
    for (Path thread : threads()) {
      // In a handler, or blocking everything for another reason: it follows when it is done. And
      // the mask of the receiver does not show while it waits; it blocks itself what it waits for,
      // but what it need not block any more somebody has to take off.
      if (!isReachable(blocked(thread, 0)) || isReceiver(thread)) {
        set(thread, signals);
      }
    }
    // One look can miss a thread that was created meanwhile by one that was not reached yet.
    for (int clean = 0; clean < 2; ) {
      List<Path> wrong = threads().stream().filter(thread -> isWrong(thread, signals)).toList();
      wrong.forEach(thread -> set(thread, signals));
      clean = wrong.isEmpty() ? clean + 1 : 0;
      if (!wrong.isEmpty()) {
        checkTime(start, wrong);
        LockSupport.parkNanos(PAUSE_NANOS); // handlers are at work
      }
    }
    blockedBefore.values().removeIf(blocked -> (blocked & managed()) == 0);
  }

  private static void checkTime(long startNanos, List<Path> wrong) {
    if (System.nanoTime() - startNanos > DEADLINE_NANOS) {
      throw new SignalSourceException(
          "the signal masks of these threads cannot be set, perhaps because the queue"
              + " of the kernel is full: "
              + wrong.stream().map(ThreadMasks::describe).toList(),
          EAGAIN);
    }
  }

  private static String describe(Path thread) {
    return read(thread.resolve("comm")).strip()
        + " (thread "
        + tid(thread)
        + ", which blocks "
        + new SignalSet(blocked(thread, 0))
        + " of "
        + new SignalSet(Shim.mask(tid(thread)))
        + ")";
  }

  private boolean isWrong(Path thread, long signals) {
    long want = Shim.mask(tid(thread));
    long blocked = blocked(thread, want);
    if (!blockedBefore.isEmpty()) {
      want |= blockedBefore.getOrDefault(identity(thread), 0L);
    }
    return ((blocked ^ want) & signals) != 0 && isReachable(blocked) && !isReceiver(thread);
  }

  private boolean isReachable(long blocked) {
    return (blocked & maskSignal) == 0;
  }

  private boolean isReceiver(Path thread) {
    return block.isSleeper(tid(thread));
  }

  private static void set(Path thread, long signals) {
    int error = Shim.setMask(tid(thread), signals);
    if (error != 0 && error != ESRCH && error != EAGAIN) {
      throw new SignalSourceException(
          "cannot set the signal mask of a thread: " + Shim.strerror(error), error);
    }
  }

  private static long managed() {
    return Shim.mask((int) ProcessHandle.current().pid());
  }

  private static List<Path> threads() {
    try (Stream<Path> threads = Files.list(THREADS)) {
      return threads.toList();
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

  /** What a thread blocks; if it has ended meanwhile, as is most convenient. */
  private static long blocked(Path thread, long ifEnded) {
    String status = read(thread.resolve("status"));
    int at = status.indexOf(BLOCKED);
    return at < 0
        ? ifEnded
        : Long.parseUnsignedLong(
            status.substring(at + BLOCKED.length(), status.indexOf('\n', at)).strip(), 16);
  }

  /** The content of a file of a thread, empty if it has ended. */
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // ENOENT or ESRCH, for which there is no exception
    }
  }
}
