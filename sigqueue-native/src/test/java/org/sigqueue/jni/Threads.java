package org.sigqueue.jni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The threads of this process as the kernel knows them. */
final class Threads {
  private static final Path TASKS = Path.of("/proc/self/task");

  private Threads() {}

  /** The ids of the threads whose name (the kernel keeps 15 characters) starts so. */
  static List<Integer> named(String prefix) throws IOException {
    try (Stream<Path> tasks = Files.list(TASKS)) {
      return tasks
          .filter(task -> name(task).startsWith(prefix))
          .map(task -> Integer.valueOf(task.getFileName().toString()))
          .toList();
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
