package org.sigqueue.jni;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The signal masks of all threads of this process: the kernel tells the mask of each thread, and a
 * private signal tells a thread which bits to change. Not thread-safe: callers must synchronize.
 *
 * <p>A thread is told only the signals that its mask has wrong, and no signal again that is still
 * pending for it. The kernel gives a thread what is pending for itself first, so one that was told
 * gets no exclusive signal by the handler, even if it has not run since.
 */
final class ThreadMasks {
  private static final int SHOWN = 3;
  private static final long PAUSE_NANOS = 100_000;
  private static final long LOOK_AGAIN_NANOS = 10_000_000;
  private static final int LOOKS_AGAIN = 3;
  private static final long SETTLE_NANOS = 200_000_000;

  private final SharedBlock block;
  private final OwnBlocks own = new OwnBlocks();
  private volatile long maskSignal; // as a bit
  private long wakeSignal;

  /** The bits that threads were told, as long as the mask signal is pending for them. */
  private final Map<Integer, Long> told = new HashMap<>();

  /** Those of them that never had a signal of ours in their masks. */
  private final Set<Integer> untouched = new HashSet<>();

  /**
   * Signals that were ours and that some threads may still block, because not all could be told.
   */
  private long unclean;

  private boolean isComplete; // whether the latest change has reached all threads
  private List<ThreadLook> awaited = List.of(); // those that can be reached, and were told just now

  ThreadMasks(SharedBlock block) {
    this.block = block;
  }

  /** Says which private signals are in use. */
  void use(int mask, int wake) {
    if (maskSignal != SignalSet.bit(mask)) {
      forgetTold(); // it was by another
    }
    maskSignal = SignalSet.bit(mask);
    wakeSignal = SignalSet.bit(wake);
  }

  /**
   * Notes which threads block these signals, none of which is exclusive yet, so that they go on to.
   *
   * @param isFirst whether nothing else is exclusive
   * @return the state of all threads, for {@link #spread}
   * @throws SignalSourceException if /proc does not tell
   */
  List<ThreadLook> remember(long signals, boolean isFirst) {
    List<ThreadLook> looks = lookAtAll();
    long foreign = (isFirst ? signals | wakeSignal : signals) & ~unclean;
    own.add(
        blockedStill(
            looks.stream().filter(look -> isReachable(look) && !isTold(look)).toList(), foreign),
        foreign);
    if (isFirst && unclean == 0 && told.isEmpty()) {
      looks.stream().filter(look -> !isReachable(look)).forEach(look -> untouched.add(look.tid()));
    }
    return looks;
  }

  /**
   * What threads block of these signals, by number, if that is not for this moment alone: a
   * critical section, or the handler of somebody else. Any of three more looks has to show it. One
   * may fail to: /proc does not show what a thread blocks that is just polling for it.
   */
  private Map<Integer, Long> blockedStill(List<ThreadLook> looks, long signals) {
    Map<Integer, Long> blocked = new HashMap<>();
    looks.forEach(look -> blocked.put(look.tid(), 0L));
    List<ThreadLook> blocking =
        looks.stream().filter(look -> (look.blocked() & signals) != 0).toList();
    for (int i = 0; i < LOOKS_AGAIN; i++) {
      for (ThreadLook look : lookAgain(blocking)) {
        blocked.merge(look.tid(), look.blocked(), (one, other) -> one | other);
      }
    }
    blocking.forEach(
        look -> blocked.computeIfPresent(look.tid(), (tid, bits) -> bits & look.blocked()));
    return blocked;
  }

  /**
   * Has all threads block what is exclusive of these signals, and not block the rest but for what
   * they had blocked themselves. Also tells threads that are created meanwhile by others that were
   * not told yet. All that there are at first are told, however long that takes. Waits for room in
   * the queue and for answers until the deadline; an answer that is missing prevents nothing. Of
   * signals that have left, looks again at those that were told: one may have put its mask back.
   *
   * @param looks the threads to begin with
   * @param deadlineNanos of {@link System#nanoTime}
   * @return the threads that have not answered
   * @throws SignalSourceException if threads cannot be told; some may have been
   */
  List<ThreadLook> spread(List<ThreadLook> looks, long signals, long deadlineNanos) {
    Shim.countAnswers();
    awaited = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    boolean haveLeft = (block.exclusive().bits() & signals) == 0;
    long start = System.nanoTime();
    List<ThreadLook> next = looks;
    for (int quiet = 0; quiet < 2; quiet = next.isEmpty() ? quiet + 1 : 0) {
      List<ThreadLook> changing = new ArrayList<>();
      for (ThreadLook look : next) {
        boolean isFirst = seen.add(look.tid());
        boolean isTold = tell(look, signals, deadlineNanos);
        if (haveLeft && isTold && isFirst && isReachable(look) && !look.sleeps()) {
          changing.add(look);
        }
      }
      awaitAnswers(deadlineNanos);
      boolean settles = System.nanoTime() - start < SETTLE_NANOS;
      next = lookAgain(next.stream().filter(look -> settles && look.mayCreateThread()).toList());
      next.addAll(lookAtNew(seen));
      isComplete = next.isEmpty();
      next.addAll(lookAgain(changing));
      if (System.nanoTime() - deadlineNanos > 0) {
        break;
      }
    }
    told.keySet().retainAll(seen);
    own.retainTold(seen);
    untouched.retainAll(told.keySet());
    return List.copyOf(awaited);
  }

  /**
   * Takes signals that have left off the masks, like {@link #spread}. If threads cannot be told, at
   * least some are reached before this throws.
   */
  List<ThreadLook> takeOff(long signals, long deadlineNanos) {
    unclean |= signals;
    long swept = unclean & ~wakeSignal & ~own.any(); // made here: there may be no memory later
    try {
      List<ThreadLook> late = spread(lookAtAll(), unclean, deadlineNanos);
      if (isComplete) {
        own.forget(unclean);
        unclean = 0;
      }
      return late;
    } catch (SignalSourceException | OutOfMemoryError e) {
      Shim.sweep(swept);
      throw e;
    }
  }

  /** The signals that all threads had blocked themselves. */
  long ownOfAll() {
    return own.common();
  }

  /** Whether no thread needs the mask signals that are pending. */
  boolean isMaskSignalDone() {
    return told.keySet().stream().allMatch(tid -> untouched.contains(tid) || !isPending(tid))
        && (sharedPending() & maskSignal) == 0;
  }

  /** Says that the private signals were given back, and pending ones discarded. */
  void forgetTold() {
    told.clear();
    untouched.clear();
  }

  // ---- The state of threads ----

  private List<ThreadLook> lookAtAll() {
    List<ThreadLook> looks = lookAtNew(Set.of());
    List<ThreadLook> creating = looks.stream().filter(ThreadLook::mayCreateThread).toList();
    looks.removeAll(creating);
    long start = System.nanoTime();
    while (!creating.isEmpty() && System.nanoTime() - start < LOOK_AGAIN_NANOS) {
      List<ThreadLook> again = lookAgain(creating); // they block all for a moment only
      creating = again.stream().filter(ThreadLook::mayCreateThread).toList();
      again.removeAll(creating);
      looks.addAll(again);
    }
    looks.addAll(creating);
    return looks;
  }

  private List<ThreadLook> lookAtNew(Set<Integer> seen) {
    List<ThreadLook> looks = new ArrayList<>();
    for (int tid : ThreadLook.tids()) {
      ThreadLook look = seen.contains(tid) ? null : ThreadLook.at(tid, block);
      if (look != null) {
        looks.add(look);
      }
    }
    return looks;
  }

  private List<ThreadLook> lookAgain(List<ThreadLook> looks) {
    List<ThreadLook> again = new ArrayList<>();
    if (!looks.isEmpty()) {
      pause();
    }
    for (ThreadLook look : looks) {
      ThreadLook now = ThreadLook.at(look.tid(), block);
      if (now != null) {
        again.add(now);
      }
    }
    return again;
  }

  private boolean isReachable(ThreadLook look) {
    return (look.blocked() & maskSignal) == 0;
  }

  private boolean isTold(ThreadLook look) {
    return (look.pending() & maskSignal) != 0;
  }

  private boolean isPending(int tid) {
    ThreadLook look = ThreadLook.at(tid, block);
    return look != null && isTold(look);
  }

  /** The signals that are pending for the process. */
  long sharedPending() {
    ThreadLook look = ThreadLook.at(Shim.gettid(), block);
    return look == null ? 0 : look.sharedPending();
  }

  /** Those of these threads that have still not answered, for people. Empty if all have. */
  String describe(List<ThreadLook> looks) {
    List<ThreadLook> late = looks.stream().filter(look -> isPending(look.tid())).toList();
    return late.stream()
            .limit(SHOWN)
            .map(look -> look.tid() + " (" + look.name() + ", " + look.state() + ")")
            .collect(Collectors.joining(", "))
        + (late.size() > SHOWN ? " and " + (late.size() - SHOWN) + " more" : "");
  }

  // ---- Telling ----

  /** Tells a thread what is wrong in its mask; returns whether it was told something. */
  private boolean tell(ThreadLook before, long signals, long deadlineNanos) {
    // A look from before the words have changed does not tell whether the handler is still to run.
    ThreadLook look = isTold(before) ? ThreadLook.at(before.tid(), block) : before;
    long bits = look == null ? 0 : wrongBits(look, signals);
    if (look == null || bits == 0) {
      return false;
    }
    boolean isReachable = isReachable(look);
    int error = Shim.tell(look.tid(), bits, isReachable);
    while (error == Errno.EAGAIN && makesRoom(bits) && System.nanoTime() - deadlineNanos < 0) {
      awaitAnswers(deadlineNanos);
      pause();
      error = Shim.tell(look.tid(), bits, isReachable);
    }
    if (error == 0) {
      told.merge(look.tid(), bits, (one, other) -> one | other);
      if (isReachable) {
        awaited.add(look);
        own.tell(look.tid(), bits);
      }
    } else if (error != Errno.ESRCH && (bits & ~wakeSignal) != 0) {
      throw refused(error);
    }
    return error == 0;
  }

  /** The bits that are wrong in a mask, or may be, and of which the thread was not told yet. */
  private long wrongBits(ThreadLook look, long signals) {
    long blockedBefore = own.of(look.tid());
    if (!isTold(look) && told.remove(look.tid()) != null) {
      untouched.remove(look.tid()); // it has taken that
    }
    long wrong =
        isReachable(look) && !look.sleeps()
            ? (look.blocked() ^ (block.exclusive().bits() | blockedBefore)) & signals
            : signals & ~blockedBefore & ~wakeSignal; // its own mask does not show
    return wrong & ~told.getOrDefault(look.tid(), 0L);
  }

  /**
   * Whether it is worth waiting for room in the queue: threads that were told are about to answer,
   * or a signal has left, of which some thread must be told.
   */
  private boolean makesRoom(long bits) {
    boolean isLeaving = (bits & ~wakeSignal & ~block.exclusive().bits()) != 0;
    return !awaited.isEmpty() || isLeaving;
  }

  private static SignalSourceException refused(int error) {
    return new SignalSourceException(
        error == Errno.EAGAIN
            ? "the queue of signals of this user is full, so threads cannot be told to change their"
                + " masks (RLIMIT_SIGPENDING)"
            : "the kernel refuses the signal that tells threads to change their masks: "
                + Shim.strerror(error),
        error);
  }

  /** Returns when all have answered, have ended, or the time is over. */
  private void awaitAnswers(long deadlineNanos) {
    int count = awaited.size();
    long start = System.nanoTime();
    long lookAt = start + LOOK_AGAIN_NANOS;
    while (count > 0 && Shim.answers() < count) {
      long now = System.nanoTime();
      if (now - deadlineNanos > 0) {
        awaited.removeIf(look -> !isPending(look.tid()));
        return;
      }
      if (now - lookAt > 0) { // somebody may have ended
        if (awaited.stream().noneMatch(look -> isPending(look.tid()))) {
          break;
        }
        lookAt = System.nanoTime() + 2 * (now - start);
      }
      pause();
    }
    awaited.forEach(look -> told.remove(look.tid()));
    awaited.clear();
    Shim.countAnswers();
  }

  /** Waits for a moment, also in a thread that is interrupted. */
  @SuppressWarnings("ThreadPriorityCheck") // a thread that is interrupted cannot park
  static void pause() {
    if (Thread.currentThread().isInterrupted()) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
