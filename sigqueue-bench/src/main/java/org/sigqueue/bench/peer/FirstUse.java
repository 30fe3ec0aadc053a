package org.sigqueue.bench.peer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Measures, in a fresh JVM, from the moment it is created; what {@code /proc} says, says it. */
final class FirstUse {
  private final long rssBefore;
  private final long start;

  FirstUse() throws IOException {
    rssBefore = status("self", "VmRSS:");
    start = System.nanoTime(); // last: reading the file loads classes
  }

  void installed() {
    print("notify_ns", System.nanoTime() - start);
  }

  void received() throws IOException {
    print("first_signal_ns", System.nanoTime() - start);
    print("rss_kb", status("self", "VmRSS:") - rssBefore);
  }

  /** Counts how often the threads whose names begin like this wake up by themselves. */
  void idle(String threads, int millis) throws IOException, InterruptedException {
    Thread.sleep(500); // what the first signal has set going comes to rest
    long before = sleeps(threads);
    long begin = System.nanoTime();
    Thread.sleep(millis);
    print("idle_wakeups", sleeps(threads) - before);
    print("idle_ns", System.nanoTime() - begin);
  }

  /** How many times these threads have gone to sleep: each wake-up adds one. */
  private static long sleeps(String threads) throws IOException {
    String comm = threads.substring(0, Math.min(threads.length(), 15)); // as the kernel keeps it
    long sum = 0;
    long found = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path task : tasks) {
        if (Files.readString(task.resolve("comm")).startsWith(comm)) {
          found++;
          sum += status("self/task/" + task.getFileName(), "voluntary_ctxt_switches:");
        }
      }
    }
    if (found == 0) {
      throw new IllegalStateException("there is no thread " + comm);
    }
    return sum;
  }

  private static long status(String process, String key) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc", process, "status"));
    for (String line : lines) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IllegalStateException("no " + key + " in /proc");
  }

  private static void print(String key, long value) {
    System.out.printf(Locale.ROOT, "%s %d%n", key, value);
  }
}
