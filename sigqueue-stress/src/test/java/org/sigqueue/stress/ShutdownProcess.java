package org.sigqueue.stress;

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
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A {@link ShutdownChild} in a JVM of its own, and its parent; closing it kills both. */
final class ShutdownProcess implements AutoCloseable {
  /**
   * The parent: a Process of Java cannot tell a death by signal from a status, and children inherit
   * which signals are ignored.
   */
  private static final String PARENT =
      """
      $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM);
      $SIG{HUP} = 'IGNORE' if shift eq 'nohup';
      system { $ARGV[0] } @ARGV;
      print $? & 127 ? 'died of ' . ($? & 127) : 'exited with ' . ($? >> 8), "\n";
      """;

  private final Path log;
  private final Process parent;
  private final BufferedReader out;
  private long pid;

  /** Starts it with a file for its log. */
  ShutdownProcess(Path log, String how, String status, String what) throws Exception {
    this.log = log;
    List<String> command = new ArrayList<>(List.of("perl", "-e", PARENT, how));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
            "-cp",
            classPath(),
            ShutdownChild.class.getName(),
            status,
            what));
    parent = new ProcessBuilder(command).redirectError(log.toFile()).start();
    out = parent.inputReader(StandardCharsets.UTF_8);
  }

  /** The class path and module path of this JVM, with the tests. */
  private static String classPath() throws Exception {
    Path child = Path.of(ShutdownChild.class.getResource("ShutdownChild.class").toURI());
    Path tests = child.getParent().getParent().getParent().getParent();
    return Stream.of(
            tests.toString(),
            System.getProperty("jdk.module.path"),
            System.getProperty("java.class.path"))
        .filter(Objects::nonNull)
        .collect(Collectors.joining(File.pathSeparator));
  }

  void awaitReady() throws IOException {
    String ready = String.valueOf(out.readLine());
    assertTrue(ready.startsWith("ready "), () -> ready + "\n" + log());
    pid = Long.parseLong(ready.substring("ready ".length()));
  }

  /** Sends the signal and returns the pid of the sender. */
  long send(String signal) throws Exception {
    Process sender = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid).start();
    assertEquals(0, sender.waitFor());
    return sender.pid();
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitLog(String text) throws Exception {
    while (!log().contains(text)) { // to the timeout of the test
      Thread.sleep(10);
    }
  }

  String nextLine() throws IOException {
    return String.valueOf(out.readLine());
  }

  /** The lines that the child prints from now on; the last one tells how it has ended. */
  List<String> rest() throws Exception {
    List<String> lines = out.lines().toList();
    assertTrue(parent.waitFor(60, TimeUnit.SECONDS));
    return lines;
  }

  @Override
  public void close() {
    if (parent.isAlive()) { // else its number may be another's
      parent.descendants().forEach(ProcessHandle::destroyForcibly);
    }
    parent.destroyForcibly();
  }
}
