package org.sigqueue.jni;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The signals that threads had blocked themselves, before they became exclusive. Not thread-safe:
 * callers must synchronize.
 *
 * <p>A thread may save its mask while a signal is exclusive, and put it back when the signal has
 * left. So what a thread blocks of the signals that it was told before is not its own.
 */
final class OwnBlocks {
  /** Numbers of threads are used again, so the start goes with it. */
  private record Own(long start, long signals) {}

  private final Map<Integer, Own> exceptions = new HashMap<>(); // by number of thread
  private final Map<Integer, Long> told = new HashMap<>(); // at any time, by number
  private long common; // of all threads, so also of those that they create

  /** Adds those of some signals that threads block, by number; none of them is exclusive yet. */
  void add(Map<Integer, Long> blocked, long signals) {
    Map<Integer, Long> added = new HashMap<>(blocked);
    added.replaceAll((tid, bits) -> bits & signals & ~told.getOrDefault(tid, 0L));
    common |= added.values().stream().reduce((one, other) -> one & other).orElse(0L);
    added.forEach((tid, bits) -> {
      if ((bits & ~common) != 0) {
        exceptions.put(tid, new Own(Shim.threadStart(tid), (of(tid) | bits) & ~common));
      }
    });
    publish();
  }

  /** Notes that a thread was told signals. */
  void tell(int tid, long signals) {
    told.merge(tid, signals, (one, other) -> one | other);
  }

  /** Forgets what other threads than these were told: they have ended. */
  void retainTold(Set<Integer> tids) {
    told.keySet().retainAll(tids);
  }

  private void publish() {
    Shim.setOwn(any());
  }

  /** The signals that this thread had blocked. */
  long of(int tid) {
    Own own = exceptions.get(tid);
    return own != null && own.start() == Shim.threadStart(tid) ? common | own.signals() : common;
  }

  /** The signals that all threads had blocked. */
  long common() {
    return common;
  }

  /** The signals that any thread had blocked. */
  long any() {
    return exceptions.values().stream().mapToLong(Own::signals).reduce(common, (a, b) -> a | b);
  }

  /** Forgets signals that are not exclusive any more. */
  void forget(long signals) {
    common &= ~signals;
    exceptions.replaceAll((tid, own) -> new Own(own.start(), own.signals() & ~signals));
    exceptions.values().removeIf(own -> own.signals() == 0);
    publish();
  }
}
