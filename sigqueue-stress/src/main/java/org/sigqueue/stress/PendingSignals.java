package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.sigqueue.Signal;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

/**
 * Whether the signals that were sent to this process have come as far as its handler.
 *
 * <p>Who sends a signal does not wait for its handler, and how many times the handler is still
 * going to run cannot be counted, because the kernel merges. It has to be known before the previous
 * disposition comes back, which for most signals ends the process. The kernel says it in {@code
 * /proc}.
 */
final class PendingSignals {
  private static final Path THREADS = Path.of("/proc/self/task");

  private PendingSignals() {}

  /**
   * Whether no thread has the signal pending or may be on its way into the handler, which looks for
   * whether the signal is wanted. Meaningful when nobody sends the signal any more.
   */
  static boolean none(Signal signal, SharedBlock block) {
    return none(SignalSet.of(signal.number()), block);
  }

  /** As {@link #none(Signal, SharedBlock)}, for all of these signals. */
  static boolean none(SignalSet signals, SharedBlock block) {
    if (!Files.isDirectory(THREADS)) {
      return true; // not Linux: only virtual signals, which are never pending
    }
    long exclusive =
        signals.stream()
            .filter(number -> block.delivery(number) == Delivery.EXCLUSIVE)
            .mapToLong(SignalSet::bit)
            .reduce(0, (bits, bit) -> bits | bit);
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (!isThrough(thread, signals.bits(), exclusive, block)) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false; // the list is read again
    }
  }

  private static boolean isThrough(Path thread, long signals, long exclusive, SharedBlock block)
      throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(thread.resolve("status"));
    } catch (NoSuchFileException e) {
      return true; // the thread has ended
    }
    long pending = 0;
    long blocked = 0;
    boolean sleeps = false;
    for (String line : lines) {
      String value = line.substring(line.indexOf(':') + 1).strip();
      if (line.startsWith("SigPnd:") || line.startsWith("ShdPnd:")) {
        pending |= Long.parseUnsignedLong(value, 16);
      } else if (line.startsWith("SigBlk:")) {
        blocked = Long.parseUnsignedLong(value, 16);
      } else if (line.startsWith("State:")) {
        sleeps = value.startsWith("S");
      }
    }
    if ((pending & signals) != 0) {
      return false;
    }
    // All threads block these; the one that takes them from the kernel sleeps when it is done.
    if (exclusive != 0
        && !sleeps
        && block.isSleeper(Integer.parseInt(thread.getFileName().toString()))) {
      return false;
    }
    // The handler runs with its signal blocked from before its first instruction, and never sleeps.
    return sleeps || (blocked & signals & ~exclusive) == 0;
  }
}
