package org.sigqueue.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.sigqueue.core.SignalSet;

/** The threads of this process by the kernel's numbers. */
public final class ThreadIds {
  private static final Path TASKS = Path.of("/proc/self/task");

  private ThreadIds() {}

  /** The number of the calling thread. */
  public static long current() {
    try {
      return Long.parseLong(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The numbers of the threads whose name, of which the kernel keeps 15 characters, starts so. */
  public static List<Long> named(String prefix) {
    return where(task -> read(task, "comm").startsWith(prefix));
  }

  /** The numbers of the threads that block a signal, or of those that do not. */
  public static List<Long> whereBlocked(int signal, boolean isBlocked) {
    return where(task -> {
      Long mask = Child.masks(read(task, "status")).get("SigBlk");
      return mask != null && new SignalSet(mask).contains(signal) == isBlocked;
    });
  }

  private static List<Long> where(Predicate<Path> condition) {
    try (Stream<Path> tasks = Files.list(TASKS)) {
      return tasks
          .filter(condition)
          .map(task -> Long.valueOf(task.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The kernel's status of a thread; empty if it has ended. */
  private static String read(Path task, String file) {
    try {
      return Files.readString(task.resolve(file));
    } catch (IOException e) {
      return "";
    }
  }
}
