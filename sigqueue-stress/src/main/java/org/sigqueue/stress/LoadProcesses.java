package org.sigqueue.stress;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.sigqueue.Signal;

/** Processes that send signals: each a JVM that runs {@link SenderMain}. */
final class LoadProcesses implements Load {
  /**
   * The bits of a value in which a sender counts; the bits above them are the number of the sender.
   */
  static final int VALUE_BITS = 40;

  private final int size;
  private final List<Signal> signals;
  private final boolean sendsValues;
  private final int pauseMicros;
  private final Errors errors;
  private final List<Sender> senders = new ArrayList<>();
  private final long[] sent;

  /**
   * Describes the processes.
   *
   * @param signals each process sends these in turn
   * @param sendsValues whether to send values with {@code sigqueue}
   * @param pauseMicros how long each waits after each signal
   */
  LoadProcesses(
      int size, List<Signal> signals, boolean sendsValues, int pauseMicros, Errors errors) {
    this.size = size;
    this.signals = List.copyOf(signals);
    this.sendsValues = sendsValues;
    this.pauseMicros = pauseMicros;
    this.errors = errors;
    this.sent = new long[signals.size()];
  }

  /** A process for each worker, which sends with {@code kill}. */
  static LoadProcesses killing(RunParameters parameters, Errors errors) {
    return new LoadProcesses(parameters.workers(), List.of(parameters.signal()), false, 0, errors);
  }

  /** A process for each worker, which sends values with {@code sigqueue}. */
  static LoadProcesses queueing(RunParameters parameters, Errors errors) {
    return new LoadProcesses(parameters.workers(), List.of(parameters.signal()), true, 0, errors);
  }

  /** Starts them, and returns when all are ready and have been told to send. */
  @Override
  public void start() {
    try {
      for (int number = 0; number < size; number++) {
        senders.add(new Sender(number));
      }
      for (Sender sender : senders) {
        String line = sender.out.readLine();
        if (!"ready".equals(line)) {
          throw new IllegalStateException("a sender says '" + line + "' instead of 'ready'");
        }
      }
      senders.forEach(Sender::tell);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isOver() {
    return senders.stream().anyMatch(sender -> !sender.process.isAlive());
  }

  @Override
  public void end(Duration deadline) throws InterruptedException {
    senders.forEach(Sender::tell);
    long start = System.nanoTime();
    for (Sender sender : senders) {
      long left = deadline.toNanos() - (System.nanoTime() - start);
      if (!sender.process.waitFor(Math.max(0, left), TimeUnit.NANOSECONDS)) {
        sender.process.destroyForcibly().waitFor();
        errors.add("a sender did not end");
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
      List<String> arguments = new ArrayList<>();
      arguments.add(String.valueOf(ProcessHandle.current().pid()));
      arguments.add(
          sendsValues ? String.valueOf((long) number << VALUE_BITS) : SenderMain.NO_VALUES);
      arguments.add(String.valueOf(pauseMicros));
      signals.forEach(signal -> arguments.add(String.valueOf(signal.number())));
      process = ChildProgram.start(List.of(), List.of("-Xmx64m"), SenderMain.class, arguments);
      out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Gives it a line: at the first it begins, at the second it ends. */
    void tell() {
      try {
        OutputStream in = process.getOutputStream();
        in.write('\n');
        in.flush();
      } catch (IOException e) {
        // It has ended, which its exit status explains.
      }
    }

    /** Adds the numbers that it prints at its end. */
    void count() {
      try {
        String line = out.readLine();
        if (line == null || process.exitValue() != 0) {
          errors.add("a sender has ended with status " + process.exitValue());
          return;
        }
        String[] counts = line.split(" ", -1);
        for (int i = 0; i < sent.length; i++) {
          sent[i] += Long.parseLong(counts[i]);
        }
      } catch (IOException e) {
        errors.add("a sender", e);
      }
    }
  }
}
