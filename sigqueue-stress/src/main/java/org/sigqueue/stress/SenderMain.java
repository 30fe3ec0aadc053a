package org.sigqueue.stress;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.sigqueue.Signal;
import org.sigqueue.core.source.SignalSender;

/**
 * The program of a sender process, started by {@link LoadProcesses}. Prints "ready", waits for a
 * line on its input, sends the signals in turn until the next line or the end of its input, and
 * prints how many times it has sent each.
 */
final class SenderMain {
  /** Stands for a sender without values. */
  static final String NO_VALUES = "-";

  private static final int WRONG_ARGUMENTS = 2;
  private static final int LEAST_ARGUMENTS = 4;

  private final long pid;
  private final boolean sendsValues;
  private final long pauseMicros;
  private final List<Signal> signals;
  private final SignalSender sender;
  private long nextValue;
  private volatile boolean over;

  private SenderMain(String[] args, SignalSender sender) {
    this.pid = Long.parseLong(args[0]);
    this.sendsValues = !args[1].equals(NO_VALUES);
    this.nextValue = sendsValues ? Long.parseLong(args[1]) : 0;
    this.pauseMicros = Long.parseLong(args[2]);
    this.signals = Arrays.stream(args).skip(LEAST_ARGUMENTS - 1).map(SenderMain::signal).toList();
    this.sender = sender;
  }

  private static Signal signal(String number) {
    return Signal.of(Integer.parseInt(number));
  }

  /**
   * Runs the program.
   *
   * @param args the process to send to, the first value or {@link #NO_VALUES}, the pause after each
   *     signal in microseconds, and the numbers of the signals
   */
  public static void main(String[] args) throws IOException {
    if (args.length < LEAST_ARGUMENTS) {
      System.exit(WRONG_ARGUMENTS);
    }
    new SenderMain(args, Receivable.source().sender()).run();
    System.exit(0);
  }

  private void run() throws IOException {
    System.out.println("ready");
    readLine();
    Thread order = new Thread(this::awaitEnd, "sender-order");
    order.setDaemon(true);
    order.start();
    long[] sent = new long[signals.size()];
    try {
      send(sent);
    } finally {
      System.out.println(
          Arrays.stream(sent).mapToObj(Long::toString).collect(Collectors.joining(" ")));
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // the yield belongs to the load, nothing relies on it
  private void send(long[] sent) {
    for (int next = 0; !over; next = (next + 1) % sent.length) {
      if (!sendsValues) {
        sender.kill(pid, signals.get(next).number());
      } else if (KernelQueue.put(sender, pid, signals.get(next).number(), nextValue, () -> over)) {
        nextValue++;
      } else {
        return; // told to end while it was full
      }
      sent[next]++;
      if (pauseMicros > 0) {
        LockSupport.parkNanos(pauseMicros * 1_000L);
      } else {
        Thread.yield();
      }
    }
  }

  private void awaitEnd() {
    try {
      readLine();
    } catch (IOException e) {
      // the same as the end of the input
    }
    over = true;
  }

  private static void readLine() throws IOException {
    int read;
    do {
      read = System.in.read();
    } while (read != '\n' && read >= 0);
  }
}
