package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The programs in C beside these tests, compiled when they are first needed. */
public final class Tools {
  /** How long anything may take that should happen soon: this machine may be busy. */
  public static final long DEADLINE_SECONDS = 60;

  private static final Path HOME = Path.of(System.getProperty("java.home"));
  private static final Path SOURCES = Path.of("src/test/c");
  private static final Path DIRECTORY = createDirectory();
  private static final Path HELPER = DIRECTORY.resolve("helper");
  private static final Path EMBEDDER = DIRECTORY.resolve("embedder");
  private static final Path RESIDENT = DIRECTORY.resolve("libresident.so");
  private static final Path NEIGHBOUR = DIRECTORY.resolve("libneighbour.so");
  private static final Path REFUSING = DIRECTORY.resolve("librefusing.so");

  private Tools() {}

  /** The path of {@code helper.c}, compiled. */
  public static synchronized String helper() throws Exception {
    if (!Files.exists(HELPER)) {
      compile(HELPER, "helper.c", "-lutil");
    }
    return HELPER.toString();
  }

  /** The path of {@code resident.c}, compiled. */
  public static synchronized String resident() throws Exception {
    if (!Files.exists(RESIDENT)) {
      compile(RESIDENT, "resident.c", "-shared", "-fPIC", "-lrt");
    }
    return RESIDENT.toString();
  }

  /** The path of {@code neighbour.c}, compiled for this JDK. */
  public static synchronized String neighbour() throws Exception {
    if (!Files.exists(NEIGHBOUR)) {
      compileForJava(NEIGHBOUR, "neighbour.c", "-shared", "-fPIC");
    }
    return NEIGHBOUR.toString();
  }

  /** The path of {@code refusing.c}, compiled for this JDK. */
  public static synchronized String refusing() throws Exception {
    if (!Files.exists(REFUSING)) {
      compileForJava(REFUSING, "refusing.c", "-shared", "-fPIC", "-ldl");
    }
    return REFUSING.toString();
  }

  /** The path of {@code embedder.c}, compiled for this JDK. */
  public static synchronized String embedder() throws Exception {
    if (!Files.exists(EMBEDDER)) {
      compileForJava(EMBEDDER, "embedder.c", "-L" + HOME.resolve("lib/server"), "-ljvm");
    }
    return EMBEDDER.toString();
  }

  private static void compileForJava(Path program, String source, String... options)
      throws Exception {
    Path include = HOME.resolve("include");
    List<String> all = new ArrayList<>(List.of("-I" + include, "-I" + include.resolve("linux")));
    all.addAll(List.of(options));
    compile(program, source, all.toArray(String[]::new));
  }

  /** A new empty file. */
  public static Path newFile() {
    try {
      return Files.createTempFile(DIRECTORY, "test", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the helper to its end and returns what it prints; it must succeed. */
  public static String help(Object... arguments) throws Exception {
    Process process = startHelper(arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, await(process), output);
    return output;
  }

  public static Process startHelper(Object... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(helper()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** Waits for a process and returns its exit status. */
  public static int await(Process process) throws InterruptedException {
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still runs: " + process.info().commandLine().orElse("?"));
    }
    return process.exitValue();
  }

  private static void compile(Path program, String source, String... options) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-pthread"));
    command.addAll(List.of("-o", program.toString(), SOURCES.resolve(source).toString()));
    command.addAll(List.of(options));
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, await(compiler), output);
  }

  private static Path createDirectory() {
    try {
      Path directory = Files.createTempDirectory("sigqueue-conformance");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      // The directory for temporary files is somebody else's to clean.
    }
  }
}
