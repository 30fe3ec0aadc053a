package org.sigqueue.bench.peer;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.GracefulShutdown;
import org.slf4j.LoggerFactory;

/**
 * The life of a JVM that uses the library: the first use, an idle time and the end. {@code nothing}
 * is the same JVM without the library, and {@code accept} one with a thread in native code.
 */
public final class StartPeer {
  private static final String OUR_THREADS = "sigqueue-";

  private StartPeer() {}

  /**
   * Arguments: the name of the peer; exit, return or term, which is how the process ends; how long
   * to be idle, in milliseconds.
   */
  public static void main(String[] args) throws Exception {
    Probe probe = new Probe();
    int idleMillis = Integer.parseInt(args[2]);
    switch (args[0]) {
      case "nothing" -> {}
      case "accept" -> accept();
      default -> Use.run(args[0], probe, idleMillis);
    }
    probe.end(args[1]);
  }

  /** Leaves a daemon thread in native code, for which the VM waits at its end; no library. */
  private static void accept() throws IOException {
    ServerSocket socket = new ServerSocket(0);
    Thread thread =
        new Thread(() -> {
          try {
            socket.accept();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    thread.setDaemon(true);
    thread.start();
    while (Arrays.stream(thread.getStackTrace()).noneMatch(StackTraceElement::isNativeMethod)) {
      Thread.onSpinWait();
    }
  }

  /** The uses of the library, in a class of their own so that {@code nothing} does not load it. */
  private static final class Use {
    private static final int THREADS = 4000;
    private static final int STACK_BYTES = 1 << 16;

    private Use() {}

    static void run(String name, Probe probe, int idleMillis) throws Exception {
      switch (name) {
        case "sigqueue" -> receive(probe, SignalChannel.coalescing(), Signal.USR1, idleMillis);
        case "sigqueue-logging" -> {
          // Most programs have logged before, so SLF4J has found its provider.
          LoggerFactory.getLogger(StartPeer.class).debug("first");
          probe.restart();
          receive(probe, SignalChannel.coalescing(), Signal.USR1, idleMillis);
        }
        case "sigqueue-stopped" -> {
          SignalChannel channel = SignalChannel.coalescing();
          receive(probe, channel, Signal.USR1, idleMillis);
          Signals.stop(channel);
        }
        case "sigqueue-closed-in-hook" -> {
          SignalNotifier notifier = SignalNotifier.builder().build();
          receive(probe, notifier);
          Runtime.getRuntime().addShutdownHook(new Thread(notifier::close));
        }
        case "sigqueue-yield" ->
            receive(probe, ReceiverMode.parse("yield/handler").notifier(Signal.USR1));
        case "sigqueue-realtime" ->
            receive(probe, SignalChannel.queueing(1), Signal.rtMin(3), idleMillis);
        case "sigqueue-subscription" -> {
          CountDownLatch called = new CountDownLatch(1);
          Signals.subscribe(event -> called.countDown(), Signal.USR1);
          probe.installed();
          Signals.raise(Signal.USR1);
          called.await();
          probe.received();
        }
        case "sigqueue-context" -> {
          SignalContext context = Signals.notifyContext(Signal.USR1); // open to the end
          probe.installed();
          Signals.raise(Signal.USR1);
          context.await();
          probe.received();
        }
        case "sigqueue-exclusive" -> receiveExclusively(probe);
        case "sigqueue-shutdown" -> {
          GracefulShutdown.on(Signal.TERM).step("nothing", () -> {}).install();
          probe.installed();
        }
        case "sigqueue-threads" -> {
          startThreads();
          probe.restart();
          receiveExclusively(probe);
        }
        default -> throw new IllegalArgumentException(name);
      }
    }

    private static void receive(Probe probe, SignalChannel channel, Signal signal, int idleMillis)
        throws Exception {
      Signals.notify(channel, signal);
      probe.installed();
      Signals.raise(signal);
      channel.take();
      probe.received();
      probe.idle(OUR_THREADS, idleMillis);
    }

    private static void receiveExclusively(Probe probe) throws Exception {
      receive(probe, ReceiverMode.parse("adaptive/exclusive").notifier(Signal.USR1));
    }

    private static void receive(Probe probe, SignalNotifier notifier) throws Exception {
      SignalChannel channel = SignalChannel.coalescing();
      notifier.register(channel, Signal.USR1);
      probe.installed();
      notifier.raise(Signal.USR1);
      channel.take();
      probe.received();
    }

    /** Starts many threads, which sleep. */
    private static void startThreads() throws InterruptedException {
      CountDownLatch started = new CountDownLatch(THREADS);
      Runnable sleep =
          () -> {
            started.countDown();
            while (true) {
              LockSupport.park();
            }
          };
      for (int i = 0; i < THREADS; i++) {
        Thread thread = new Thread(null, sleep, "sleeper-" + i, STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
      }
      started.await();
    }
  }

  /**
   * The measuring instruments of a fresh JVM. Until the first signal they use only classes that
   * every JVM loads at its start: the library would not have to load what they have loaded.
   */
  static final class Probe {
    private static final int STATUS_BYTES = 8192;
    private static final int COMM_LENGTH = 15; // of a thread's name, as the kernel keeps it

    private long start = System.nanoTime();
    private long rssBefore = -1;

    Probe() throws IOException {
      restart();
    }

    /** Begins to measure here. */
    void restart() throws IOException {
      rssBefore = status("VmRSS:");
      start = System.nanoTime();
    }

    /** Prints the time until signals are received. */
    void installed() {
      print("notify_ns", System.nanoTime() - start);
    }

    /** Prints the time until the first signal, and the memory since the start. */
    void received() throws IOException {
      print("first_signal_ns", System.nanoTime() - start);
      print("rss_kb", status("VmRSS:") - rssBefore);
    }

    /** Counts the wake-ups of the threads whose names begin like this; 0 ms measures nothing. */
    void idle(String threads, int millis) throws Exception {
      if (millis > 0) {
        Thread.sleep(500); // for what the first signal has started
        long before = wakeups(threads);
        long begin = System.nanoTime();
        Thread.sleep(millis);
        print("idle_wakeups", wakeups(threads) - before);
        print("idle_ns", System.nanoTime() - begin);
      }
    }

    /** Prints the time and ends the process: by exit, by TERM, or by the caller's return. */
    void end(String how) throws Exception {
      // The shell waits for the end of its input.
      Process killer =
          how.equals("term")
              ? new ProcessBuilder("sh", "-c", "read end; kill $PPID").start()
              : null;
      System.out.print(""); // so that printing the time takes none
      print("exit_ns", System.nanoTime());
      if (killer != null) {
        killer.getOutputStream().close();
        Thread.currentThread().join(); // for ever
      } else if (how.equals("exit")) {
        System.exit(0);
      }
    }

    private static long wakeups(String threads) throws IOException {
      String comm = threads.substring(0, Math.min(threads.length(), COMM_LENGTH));
      long sum = 0;
      boolean found = false;
      try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
        for (Path task : tasks) {
          if (Files.readString(task.resolve("comm")).startsWith(comm)) {
            found = true;
            sum += number(Files.readString(task.resolve("status")), "voluntary_ctxt_switches:");
          }
        }
      }
      if (!found) {
        throw new IllegalStateException("there is no thread " + comm);
      }
      return sum;
    }

    private static long status(String key) throws IOException {
      byte[] bytes = new byte[STATUS_BYTES];
      try (FileInputStream file = new FileInputStream("/proc/self/status")) {
        int length = file.read(bytes);
        return number(new String(bytes, 0, length, StandardCharsets.ISO_8859_1), key);
      }
    }

    private static long number(String status, String key) {
      int digits = status.indexOf(key) + key.length();
      while (!Character.isDigit(status.charAt(digits))) {
        digits++;
      }
      int end = digits;
      while (Character.isDigit(status.charAt(end))) {
        end++;
      }
      return Long.parseLong(status.substring(digits, end));
    }

    private static void print(String key, long value) {
      System.out.println(key + " " + value);
    }
  }
}
