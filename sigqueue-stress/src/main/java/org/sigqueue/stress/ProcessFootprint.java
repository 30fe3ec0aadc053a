package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A measurement of the memory, threads, descriptors and queued signals of this process. */
interface ProcessFootprint {
  /**
   * One measurement.
   *
   * @param rssBytes the resident memory, which contains the heap with its garbage
   * @param heapBytes the heap after a collection
   * @param threads of Java, without the VM's own, which come and go
   * @param fds open descriptors
   * @param queuedSignals queued for this process; {@link #UNKNOWN} where other processes of the
   *     user count, too
   */
  record Sample(long rssBytes, long heapBytes, long threads, long fds, long queuedSignals) {
    @Override
    public String toString() {
      return "rss "
          + (rssBytes >> 20)
          + " MiB, heap "
          + (heapBytes >> 20)
          + " MiB, threads "
          + threads
          + ", fds "
          + fds
          + (queuedSignals == UNKNOWN ? "" : ", queued signals " + queuedSignals);
    }
  }

  /** A size that is not known is not checked. */
  long UNKNOWN = -1;

  /**
   * How far from flat the memory may be: the VM has caches of its own, and a heap has garbage.
   *
   * @param rssBytes for the resident memory
   * @param heapBytes for the heap after a collection
   */
  record Tolerance(long rssBytes, long heapBytes) {}

  /** For a process with any heap. */
  Tolerance USUAL = new Tolerance(64L << 20, 8L << 20);

  /** The names of all threads of this library begin so. */
  String OURS = "sigqueue-";

  /** The threads of this library that run now. */
  static Set<Thread> threadsOfOurs() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(OURS))
        .collect(Collectors.toSet());
  }

  /** How many threads of this library run now, without these. */
  static long threadsOfOursExcept(Set<Thread> others) {
    return threadsOfOurs().stream().filter(thread -> !others.contains(thread)).count();
  }

  /** Measures, after a collection. */
  Sample sample();

  /** This process. */
  static Sample ofThisProcess() {
    return ofThisProcess(false);
  }

  /**
   * This process.
   *
   * @param hasOwnUser whether no other process counts the queued signals of this user
   */
  static Sample ofThisProcess(boolean hasOwnUser) {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
      return new Sample(
          number(status, "VmRSS:") << 10,
          heap,
          Thread.getAllStackTraces().size(),
          fds.count(),
          hasOwnUser ? number(status, "SigQ:") : UNKNOWN);
    } catch (IOException e) {
      throw new IllegalStateException("this needs /proc", e);
    }
  }

  /** The first number after a name. */
  private static long number(List<String> status, String name) {
    for (String line : status) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).strip().split("[^0-9]", 2)[0]);
      }
    }
    throw new IllegalStateException("/proc/self/status has no " + name);
  }

  /**
   * The measures that are not flat, in words. The first third of the samples sets the level, and
   * the lowest of the last third must not exceed its highest: threads, descriptors and queued
   * signals not at all, memory by no more than its tolerance. (The lowest, because a thread that is
   * about to end may be seen once more.)
   */
  static List<String> growth(List<Sample> samples, Tolerance tolerance) {
    List<String> failures = new ArrayList<>();
    check(failures, "threads", samples, Sample::threads, 0);
    check(failures, "file descriptors", samples, Sample::fds, 0);
    check(failures, "queued signals", samples, Sample::queuedSignals, 0);
    check(failures, "bytes of live heap", samples, Sample::heapBytes, tolerance.heapBytes());
    check(failures, "bytes of resident memory", samples, Sample::rssBytes, tolerance.rssBytes());
    return failures;
  }

  /** The first and the last sample, for people. */
  static String summary(List<Sample> samples) {
    return samples.isEmpty()
        ? "no round"
        : samples.size()
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
