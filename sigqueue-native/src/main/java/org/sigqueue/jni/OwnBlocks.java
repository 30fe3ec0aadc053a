package org.sigqueue.jni;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The signals that threads had blocked themselves, before they became exclusive. Not thread-safe:
 * callers must synchronize.
 *
 * <p>A thread may save its mask while it is changed for a signal, and put it back when the signal
 * has left. So what a thread blocks of the signals that it was told before is not its own.
 */
final class OwnBlocks {
  /** Numbers of threads are used again, so the start goes with it. */
  private record Of(long start, long signals) {}

  private final Map<Integer, Of> exceptions = new HashMap<>(); // by number of thread
  private final Map<Integer, Of> told = new HashMap<>();
  private long common; // of all other threads, so also of those that they create

  /** Adds those of some signals that these threads block; none of them is exclusive yet. */
  void add(List<ThreadLook> looks, long signals) {
    Map<Integer, Long> blocked = new HashMap<>();
    long all = looks.isEmpty() ? 0 : signals;
    for (ThreadLook look : looks) {
      long itself = look.blocked() & signals & ~of(look.tid(), told, 0);
      blocked.put(look.tid(), itself);
      all &= itself;
    }
    long added = all;
    common |= added;
    exceptions.replaceAll((tid, own) -> new Of(own.start(), own.signals() | added));
    blocked.forEach((tid, itself) -> set(tid, of(tid) | itself));
    publish();
  }

  /** Notes what a thread was told. */
  void tell(int tid, long signals) {
    told.put(tid, new Of(Shim.threadStart(tid), of(tid, told, 0) | signals));
  }

  /** Forgets all threads but these. */
  void retain(Set<Integer> tids) {
    told.keySet().retainAll(tids);
    exceptions.keySet().retainAll(tids);
  }

  /** Forgets those of some signals that a thread does not block at a second look. */
  void confirm(ThreadLook look, long signals) {
    set(look.tid(), of(look.tid()) & (look.blocked() | ~signals));
    publish();
  }

  private void set(int tid, long signals) {
    if (signals != of(tid)) {
      exceptions.put(tid, new Of(Shim.threadStart(tid), signals));
    }
  }

  private void publish() {
    Shim.setOwn(any());
  }

  /** The signals that this thread had blocked. */
  long of(int tid) {
    return of(tid, exceptions, common);
  }

  private static long of(int tid, Map<Integer, Of> map, long otherwise) {
    Of found = map.get(tid);
    return found != null && found.start() == Shim.threadStart(tid) ? found.signals() : otherwise;
  }

  /** The signals that all threads had blocked, when they were added. */
  long common() {
    return common;
  }

  /** The signals that any thread had blocked. */
  long any() {
    return exceptions.values().stream().mapToLong(Of::signals).reduce(common, (a, b) -> a | b);
  }

  /** Forgets signals that are not exclusive any more. */
  void forget(long signals) {
    common &= ~signals;
    exceptions.replaceAll((tid, own) -> new Of(own.start(), own.signals() & ~signals));
    exceptions.values().removeIf(own -> own.signals() == common);
    publish();
  }
}
