package org.sigqueue.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs programs to their end, within a time. */
final class Programs {
  private static final int LINES_OF_STDERR = 3;

  private Programs() {}

  /**
   * Runs a measuring program and returns what it prints.
   *
   * @throws HarnessException if it fails; the message ends with what it said
   */
  static Output measure(List<String> command, Duration limit) {
    return new Output(lines(command, null, limit));
  }

  /** Runs a program in a directory, or in this process's, and returns the lines of its stdout. */
  static List<String> lines(List<String> command, @Nullable Path directory, Duration limit) {
    try {
      Path out = Files.createTempFile("sigqueue-bench", ".out");
      Path err = Files.createTempFile("sigqueue-bench", ".err");
      try {
        run(command, directory, limit, out, err);
        return Files.readAllLines(out);
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new HarnessException("cannot run " + command.get(0) + ": " + e.getMessage());
    }
  }

  private static void run(
      List<String> command, @Nullable Path directory, Duration limit, Path out, Path err)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    if (directory != null) {
      builder.directory(directory.toFile());
    }
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new HarnessException(
            name(command) + " did not end within " + limit.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HarnessException(name(command) + " was interrupted");
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      String said =
          Files.readString(err, StandardCharsets.UTF_8)
              .lines()
              .limit(LINES_OF_STDERR)
              .collect(Collectors.joining("; "));
      throw new HarnessException(
          name(command) + " ended with status " + process.exitValue() + ": " + said);
    }
  }

  private static String name(List<String> command) {
    return String.valueOf(Path.of(command.get(0)).getFileName());
  }
}
