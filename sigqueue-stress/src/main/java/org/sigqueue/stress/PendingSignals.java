package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.sigqueue.Signal;
import org.sigqueue.core.source.SignalSource;

/**
 * A look at the signals that were sent to this process and have not come as far as its handler.
 *
 * <p>A sender does not wait for the handler, and how many times the handler is still going to run
 * cannot be counted, because the kernel merges. It must be known before the previous disposition
 * comes back, which for most signals ends the process. The kernel shows it in {@code /proc}.
 */
final class PendingSignals {
  private static final Path THREADS = Path.of("/proc/self/task");

  private PendingSignals() {}

  /**
   * Whether no thread has one of the signals pending, or may be on its way into the handler.
   * Meaningful once the senders have ended.
   */
  static boolean none(SignalSource source, Collection<Signal> signals) {
    if (!Files.isDirectory(THREADS)) {
      return true; // not Linux: only virtual signals, which are never pending
    }
    long all = 0;
    long exclusive = 0;
    for (Signal signal : signals) {
      long bit = 1L << (signal.number() - 1);
      all |= bit;
      exclusive |= DeliveryMode.of(source, signal) == DeliveryMode.EXCLUSIVE ? bit : 0;
    }
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (!isThrough(source, thread, all, exclusive)) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false; // the list is read again
    }
  }

  private static boolean isThrough(SignalSource source, Path thread, long signals, long exclusive)
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
        && source.block().isSleeper(Integer.parseInt(thread.getFileName().toString()))) {
      return false;
    }
    // The handler runs with its signal blocked from before its first instruction, and never sleeps.
    return sleeps || (blocked & signals & ~exclusive) == 0;
  }
}
