package org.sigqueue.bench.harness;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Child processes that run to their end within a time limit. */
public final class Programs {
  private static final int LINES_OF_STDERR = 3;
  private static final String CLASS_PATH = "-cp";

  /** The output of a measuring program: lines of a key and a number; a key may repeat. */
  public static final class Output {
    private final Map<String, List<Double>> values = new HashMap<>();

    private Output(List<String> lines) {
      for (String line : lines) {
        int blank = line.indexOf(' ');
        try {
          values
              .computeIfAbsent(line.substring(0, Math.max(0, blank)), key -> new ArrayList<>())
              .add(Double.valueOf(line.substring(blank + 1)));
        } catch (NumberFormatException e) {
          throw new HarnessException("a peer printed '" + line + "' instead of a number");
        }
      }
    }

    /** The number of a key that was printed once. */
    double get(String key) {
      List<Double> all = all(key);
      if (all.size() != 1) {
        throw new HarnessException("a peer printed '" + key + "' " + all.size() + " times");
      }
      return all.get(0);
    }

    /** The number of a key that was printed once; NaN if it was not printed. */
    double getIfAny(String key) {
      return all(key).isEmpty() ? Double.NaN : get(key);
    }

    /** The numbers of a key, in the order of the lines. */
    List<Double> all(String key) {
      return values.getOrDefault(key, List.of());
    }
  }

  private Programs() {}

  /**
   * The command that runs a class in a JVM like this one: the same JDK and class path, and the
   * options that users of the library give.
   */
  static List<String> java(String mainClass, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add(CLASS_PATH);
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(List.of(arguments));
    return List.copyOf(command);
  }

  /** A command of {@link #java} with another class path. */
  static List<String> withClassPath(List<String> command, String classPath) {
    List<String> other = new ArrayList<>(command);
    other.set(command.indexOf(CLASS_PATH) + 1, classPath);
    return List.copyOf(other);
  }

  /**
   * A command of {@link #java} that loads the library from its own jars, as programs do. In the jar
   * of this program it is compressed, and beside much else.
   */
  static List<String> withJars(List<String> command, String jars) {
    String classPath = command.get(command.indexOf(CLASS_PATH) + 1);
    return withClassPath(command, jars + File.pathSeparator + classPath);
  }

  /**
   * A command of {@link #java} that loads the library as modules. What else is on the class path
   * stays there.
   */
  static List<String> withModulePath(List<String> command, Path modules) {
    List<String> other = new ArrayList<>(command);
    other.set(other.indexOf("--enable-native-access=ALL-UNNAMED"), "--module-path");
    other.addAll(
        other.indexOf(CLASS_PATH),
        List.of(
            modules.toString(),
            "--add-modules=org.sigqueue,org.sigqueue.jni",
            "--enable-native-access=org.sigqueue.jni"));
    return List.copyOf(other);
  }

  /**
   * Runs a measuring program and returns its output.
   *
   * @throws HarnessException if it fails; the message ends with its first lines on stderr
   */
  static Output measure(List<String> command, Duration limit) {
    return new Output(lines(command, null, limit));
  }

  /**
   * Runs a program and returns the lines of its stdout.
   *
   * @param directory the program's current directory; null for that of this process
   * @throws HarnessException if it fails; the message ends with its first lines on stderr
   */
  public static List<String> lines(List<String> command, @Nullable Path directory, Duration limit) {
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
