package org.sigqueue.jni;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The signals that threads had blocked themselves, before they became exclusive. Not thread-safe:
 * callers must synchronize.
 */
final class OwnBlocks {
  /** Numbers of threads are used again, so the start goes with it. */
  private record Own(long start, long signals) {}

  private final Map<Integer, Own> exceptions = new HashMap<>(); // by number of thread
  private long common; // of all threads, so also of those that they create

  /** Adds those of some signals that these threads block; none of them is exclusive yet. */
  void add(List<ThreadLook> looks, long signals) {
    common |=
        looks.stream().mapToLong(ThreadLook::blocked).reduce((one, other) -> one & other).orElse(0)
            & signals;
    for (ThreadLook look : looks) {
      long blocked = look.blocked() & signals & ~common;
      if (blocked != 0) {
        long before = of(look.tid()) & ~common;
        exceptions.put(look.tid(), new Own(Shim.threadStart(look.tid()), before | blocked));
      }
    }
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
  }
}
