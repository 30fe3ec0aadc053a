package org.sigqueue.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The threads of this process by the kernel's numbers. */
final class ThreadIds {
  private static final Path TASKS = Path.of("/proc/self/task");

  private ThreadIds() {}

  /** The number of the calling thread. */
  static long current() {
    try {
      return Long.parseLong(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The numbers of the threads whose name, of which the kernel keeps 15 characters, starts so. */
  static List<Long> named(String prefix) {
    try (Stream<Path> tasks = Files.list(TASKS)) {
      return tasks
          .filter(task -> name(task).startsWith(prefix))
          .map(task -> Long.valueOf(task.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path task) {
    try {
      return Files.readString(task.resolve("comm"));
    } catch (IOException e) {
      return ""; // it has ended
    }
  }
}
