package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of sigqueue in a JVM of its own; closing it kills the process. */
public final class Program implements AutoCloseable {
  /** The option that spares the warning of newer JVMs. */
  public static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

  private static final long PATIENCE_SECONDS = 90;

  /** Children inherit what is ignored, and this JVM may have been started in the background. */
  private static final String DEFAULTS =
      "$SIG{$_} = 'DEFAULT' for qw(HUP INT TERM USR1); exec @ARGV";

  private final Process process;
  private final BufferedReader out;
  private final Path errors;

  private Program(List<String> command) throws IOException {
    errors = Files.createTempFile("sigqueue-errors", ".txt");
    process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    out = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a command. */
  public static Program start(String... arguments) throws IOException {
    return start(List.of(NATIVE), arguments);
  }

  /** Starts a command in a JVM with these options. */
  public static Program start(List<String> options, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("perl", "-e", DEFAULTS));
    command.addAll(java(options, arguments));
    return new Program(command);
  }

  /** Starts a command with these words before {@code java}. */
  public static Program startWith(List<String> launcher, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(java(List.of(NATIVE), arguments));
    return new Program(command);
  }

  /** The words that run a command. */
  public static List<String> java(List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), Main.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String classPath() {
    return String.join(
        File.pathSeparator,
        "target/classes",
        System.getProperty("java.class.path"),
        System.getProperty("jdk.module.path", ""));
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The next line of its output. */
  public String nextLine() throws IOException {
    String line = out.readLine();
    assertTrue(line != null, this::errors);
    return line;
  }

  /** Waits until it has said this to its standard error. */
  void said(String text) throws InterruptedException {
    long start = System.nanoTime();
    while (!errors().contains(text)) {
      assertTrue(process.isAlive() || errors().contains(text), this::errors);
      assertTrue(
          System.nanoTime() - start < TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS), this::errors);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** Its standard error so far. */
  public String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its output until it ends, with this status. */
  public String rest(int status) throws InterruptedException {
    String rest = String.join("\n", out.lines().toList());
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertEquals(status, process.exitValue(), () -> rest + "\n" + errors());
    return rest;
  }

  /** Sends it a signal with the shell's own kill, and returns the shell's pid. */
  long kill(String signal) throws IOException, InterruptedException {
    Process shell = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid()).start();
    assertEquals(0, shell.waitFor());
    return shell.pid();
  }

  /** What Ctrl-C does. */
  public void interrupt() throws IOException, InterruptedException {
    kill("INT");
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(errors);
  }
}
