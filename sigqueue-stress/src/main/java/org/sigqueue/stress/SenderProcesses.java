package org.sigqueue.stress;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.sigqueue.Signal;

/** Senders in processes of their own: each a JVM that runs {@link FireCommand}. */
final class SenderProcesses implements Senders {
  /** How many values a sender has to itself: their upper bits are the number of the sender. */
  static final int VALUE_BITS = 40;

  private final int size;
  private final List<Signal> signals;
  private final boolean values;
  private final int pauseMicros;
  private final Incidents incidents;
  private final List<Sender> processes = new ArrayList<>();
  private final long[] sent;

  /**
   * Describes the processes.
   *
   * @param signals what each sends, in turn
   * @param values whether to send values by {@code sigqueue}
   * @param pauseMicros how long each waits after each signal, in microseconds
   */
  SenderProcesses(
      int size, List<Signal> signals, boolean values, int pauseMicros, Incidents incidents) {
    this.size = size;
    this.signals = List.copyOf(signals);
    this.values = values;
    this.pauseMicros = pauseMicros;
    this.incidents = incidents;
    this.sent = new long[signals.size()];
  }

  /** As many as there are workers, which kill. */
  static SenderProcesses killing(RunParameters parameters, Incidents incidents) {
    return new SenderProcesses(
        parameters.workers(), List.of(parameters.signal()), false, 0, incidents);
  }

  /** As many as there are workers, which send values. */
  static SenderProcesses queueing(RunParameters parameters, Incidents incidents) {
    return new SenderProcesses(
        parameters.workers(), List.of(parameters.signal()), true, 0, incidents);
  }

  /** Starts them, and returns when all are ready and have been told to send. */
  @Override
  public void start() {
    try {
      for (int number = 0; number < size; number++) {
        processes.add(new Sender(number));
      }
      for (Sender sender : processes) {
        String line = sender.out.readLine();
        if (!"ready".equals(line)) {
          throw new IllegalStateException("a sender says '" + line + "' instead of 'ready'");
        }
      }
      processes.forEach(Sender::tell);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isOver() {
    return processes.stream().anyMatch(sender -> !sender.process.isAlive());
  }

  @Override
  public void end(Duration deadline) throws InterruptedException {
    processes.forEach(Sender::tell);
    long start = System.nanoTime();
    for (Sender sender : processes) {
      long left = deadline.toNanos() - (System.nanoTime() - start);
      if (!sender.process.waitFor(Math.max(0, left), TimeUnit.NANOSECONDS)) {
        sender.process.destroyForcibly().waitFor();
        incidents.add("a sender did not end");
      } else {
        sender.count();
      }
    }
  }

  @Override
  public long sent() {
    return LongStream.of(sent).sum();
  }

  private final class Sender {
    final Process process;
    final BufferedReader out;

    Sender(int number) throws IOException {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Xmx64m",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  classPath(),
                  Main.class.getName(),
                  "fire"));
      if (values) {
        command.addAll(List.of("--values", String.valueOf((long) number << VALUE_BITS)));
      }
      command.addAll(List.of("--pause", String.valueOf(pauseMicros)));
      command.add(String.valueOf(ProcessHandle.current().pid()));
      signals.forEach(signal -> command.add(String.valueOf(signal.number())));
      process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
      out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Gives it a line: the first one has it begin, the second one end. */
    void tell() {
      try {
        OutputStream in = process.getOutputStream();
        in.write('\n');
        in.flush();
      } catch (IOException e) {
        // It has ended, which its exit status explains.
      }
    }

    /** Adds what it says that it has sent. */
    void count() {
      try {
        String line = out.readLine();
        if (line == null || process.exitValue() != 0) {
          incidents.add("a sender has ended with status " + process.exitValue());
          return;
        }
        String[] counts = line.split(" ", -1);
        for (int i = 0; i < sent.length; i++) {
          sent[i] += Long.parseLong(counts[i]);
        }
      } catch (IOException e) {
        incidents.add("a sender", e);
      }
    }
  }

  /** What this JVM runs from, as a class path: jars may be in a directory of a module path. */
  private static String classPath() {
    Stream<String> modules =
        entries("jdk.module.path")
            .map(
                entry -> Files.exists(Path.of(entry, "module-info.class")) ? entry : jarsIn(entry));
    return Stream.concat(entries("java.class.path"), modules)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String jarsIn(String entry) {
    return Files.isDirectory(Path.of(entry)) ? entry + File.separator + "*" : entry;
  }

  private static Stream<String> entries(String property) {
    return Stream.of(System.getProperty(property, "").split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty());
  }
}
