package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jctools.queues.MessagePassingQueue;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.shutdown.GracefulShutdown;
import org.slf4j.LoggerFactory;

/** A JVM of its own that runs a program of these tests; the native module is not there. */
public final class ChildJvm {
  private final Path directory;
  private final List<String> options = new ArrayList<>();
  private String ignored = "";
  private boolean logging = true;

  /** What it has printed, its exit status (128 + signal for a death by signal), and its log. */
  public record Result(int status, List<String> out, String log) {}

  public ChildJvm(Path directory) {
    this.directory = directory;
  }

  public ChildJvm option(String option) {
    options.add(option);
    return this;
  }

  /** Has one thread carry all virtual threads. */
  public ChildJvm withOneCarrier() {
    return option("-Djdk.virtualThreadScheduler.parallelism=1")
        .option("-Djdk.virtualThreadScheduler.maxPoolSize=1");
  }

  /** Has it started with these signals ignored; names with blanks between. */
  public ChildJvm ignoring(String signals) {
    ignored = "trap '' " + signals + "; ";
    return this;
  }

  /** Leaves the provider of SLF4J out. */
  public ChildJvm withoutLoggingProvider() {
    logging = false;
    return this;
  }

  public Result run(Class<?> program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", "-c", ignored + "exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-Dorg.slf4j.simpleLogger.log.org.sigqueue=info");
    command.addAll(options);
    command.addAll(List.of("-cp", classPath(), program.getName()));
    command.addAll(List.of(arguments));
    Path out = directory.resolve("out");
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(log.toFile())
            .start();
    try {
      assertTrue(process.waitFor(300, TimeUnit.SECONDS), "the program does not end");
    } finally {
      process.destroyForcibly();
    }
    return new Result(
        process.exitValue(),
        Files.readAllLines(out, StandardCharsets.UTF_8),
        Files.readString(log, StandardCharsets.UTF_8));
  }

  private String classPath() throws Exception {
    return Stream.of(
            GracefulShutdown.class,
            SignalSource.class,
            MessagePassingQueue.class,
            LoggerFactory.class,
            logging ? LoggerFactory.getILoggerFactory().getClass() : LoggerFactory.class)
        .map(ChildJvm::location)
        .collect(Collectors.joining(File.pathSeparator, testClasses(), ""));
  }

  private static String location(Class<?> type) {
    return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  /** Asked in another way: on a module path, test classes have the code source of the module. */
  private static String testClasses() throws Exception {
    Path program = Path.of(ChildJvm.class.getResource("ChildJvm.class").toURI());
    return program.getParent().getParent().getParent() + File.pathSeparator;
  }
}
