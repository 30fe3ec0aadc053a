package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** What this process holds of memory, threads and descriptors, as the kernel and the VM tell. */
interface ProcessFootprint {
  /**
   * One look.
   *
   * @param rssBytes the resident memory, which contains the heap with its garbage
   * @param heapBytes what is left of the heap after a collection
   * @param threads of Java, which the VM's own that come and go are not
   * @param fds open descriptors
   */
  record Sample(long rssBytes, long heapBytes, long threads, long fds) {
    @Override
    public String toString() {
      return "rss "
          + (rssBytes >> 20)
          + " MiB, heap "
          + (heapBytes >> 20)
          + " MiB, threads "
          + threads
          + ", fds "
          + fds;
    }
  }

  /** How far the resident memory may be from flat: the VM's own caches and the heap's garbage. */
  long RSS_TOLERANCE_BYTES = 64L << 20;

  /** How far the live heap may be from flat. */
  long HEAP_TOLERANCE_BYTES = 8L << 20;

  /** Looks, after a collection. */
  Sample sample();

  /** This process. */
  static Sample ofThisProcess() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"));
        Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      long rssKiB =
          status
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
              .sum();
      return new Sample(rssKiB << 10, heap, Thread.getAllStackTraces().size(), fds.count());
    } catch (IOException e) {
      throw new IllegalStateException("soak needs /proc", e);
    }
  }

  /**
   * What is not flat, in words. The first third of the samples sets the measure, and the lowest of
   * the last third must not exceed its highest: threads and descriptors not at all, the memory by
   * no more than its tolerance. (The lowest, because a thread that ends may be seen once more.)
   */
  static List<String> growth(List<Sample> samples) {
    List<String> failures = new ArrayList<>();
    check(failures, "threads", samples, Sample::threads, 0);
    check(failures, "file descriptors", samples, Sample::fds, 0);
    check(failures, "bytes of live heap", samples, Sample::heapBytes, HEAP_TOLERANCE_BYTES);
    check(failures, "bytes of resident memory", samples, Sample::rssBytes, RSS_TOLERANCE_BYTES);
    return failures;
  }

  /** The first and the last sample, for people. */
  static String summary(List<Sample> samples) {
    return samples.size()
        + " rounds; first: "
        + samples.get(0)
        + "; last: "
        + samples.get(samples.size() - 1);
  }

  private static void check(
      List<String> failures,
      String what,
      List<Sample> samples,
      ToLongFunction<Sample> measure,
      long tolerance) {
    int third = samples.size() / 3;
    if (third == 0) {
      return; // a run that has failed early
    }
    long allowed =
        samples.subList(0, third).stream().mapToLong(measure).max().orElseThrow() + tolerance;
    long lowest =
        samples.subList(samples.size() - third, samples.size()).stream()
            .mapToLong(measure)
            .min()
            .orElseThrow();
    if (lowest > allowed) {
      failures.add(
          "the "
              + what
              + " grow: at least "
              + lowest
              + " in the last third of the rounds, at most "
              + (allowed - tolerance)
              + " in the first");
    }
  }
}
