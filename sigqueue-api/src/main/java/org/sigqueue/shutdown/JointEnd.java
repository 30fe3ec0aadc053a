package org.sigqueue.shutdown;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sigqueue.shutdown.ShutdownReport.Outcome;

/**
 * The one end that all shutdowns of a process have. When the steps of a run are over, it starts the
 * shutdowns that have not begun. The last run ends the process, in the way of the one that went
 * worst. So no step of one shutdown runs beside the hooks that another has started, and the process
 * cannot tell its parent that all is well if a step of any of them has failed.
 *
 * <p>A run that is halted ends the process at once, in its own way: that is the worst. Those that
 * an exit by somebody has begun take no part, since the status is not theirs to choose. Any thread.
 */
final class JointEnd {
  /**
   * Guards all that is here. Weak: a virtual process whose shutdown nobody closes is kept through
   * that shutdown alone, which has the only strong reference to this.
   */
  private static final Map<ProcessExit, WeakReference<JointEnd>> ALL = new WeakHashMap<>();

  private static final Comparator<Result> BADNESS =
      Comparator.comparing(Result::outcome).thenComparing(result -> result.end().status() != 0);

  private record Result(Outcome outcome, ExitStatus.End end) {}

  private final ProcessExit process;
  private final Set<GracefulShutdown> installed = new LinkedHashSet<>();

  /** The runs in the order in which they began, and the results of those whose steps are over. */
  private final Map<ShutdownRun, @Nullable Result> runs = new LinkedHashMap<>();

  private final BoundedLogging log = new BoundedLogging(); // one, so that the lines are in order
  private volatile boolean dying;

  private JointEnd(ProcessExit process) {
    this.process = process;
  }

  /** The end of a process; the same for all shutdowns that are installed there. */
  static JointEnd of(ProcessExit process) {
    synchronized (ALL) {
      JointEnd known = known(process);
      JointEnd joint = known == null ? new JointEnd(process) : known;
      joint.keep();
      return joint;
    }
  }

  private static @Nullable JointEnd known(ProcessExit process) {
    WeakReference<JointEnd> reference = ALL.get(process);
    return reference == null ? null : reference.get();
  }

  /** Lets others find this, unless they find another already. */
  private void keep() {
    if (known(process) == null) {
      ALL.remove(process); // whose key may be another one that is equal, and is not kept by this
      ALL.put(process, new WeakReference<>(this));
    }
  }

  private void forget() {
    if (known(process) == this) {
      ALL.remove(process);
    }
  }

  /** Includes a shutdown. */
  void add(GracefulShutdown shutdown) {
    synchronized (ALL) {
      keep(); // another may have forgotten it
      installed.add(shutdown);
    }
  }

  /** Leaves a shutdown out that has not begun. */
  void remove(GracefulShutdown shutdown) {
    synchronized (ALL) {
      installed.remove(shutdown);
      if (installed.isEmpty()) {
        forget();
      }
    }
  }

  /**
   * Lets a run begin, unless its shutdown has begun.
   *
   * @param slot the place of the run, which is empty before that
   * @return whether it begins
   */
  boolean begin(ShutdownRun run, AtomicReference<@Nullable ShutdownRun> slot) {
    synchronized (ALL) {
      boolean begins = slot.compareAndSet(null, run);
      if (begins && run.endsProcess()) {
        runs.put(run, null);
      }
      return begins;
    }
  }

  /**
   * The steps of a run are over. The caller must end the process if it is the last.
   *
   * @return how to end the process; null if another run does it later
   */
  ExitStatus.@Nullable End finish(ShutdownRun run, Outcome outcome, ExitStatus.End end) {
    List<GracefulShutdown> others;
    synchronized (ALL) {
      others = List.copyOf(installed);
    }
    for (GracefulShutdown other : others) {
      other.beginWithOthers(); // while this one still counts as running
    }
    synchronized (ALL) {
      runs.put(run, new Result(outcome, end));
      List<Result> results = new ArrayList<>();
      for (Result result : runs.values()) {
        if (result == null) {
          return null;
        }
        results.add(result);
      }
      Result worst = results.get(0); // of equals, the first
      for (Result result : results) {
        worst = BADNESS.compare(result, worst) > 0 ? result : worst;
      }
      return worst.end();
    }
  }

  /** The time for a run that begins now: that of its plan, or what another has left. */
  Duration timeFor(ShutdownRun.Plan plan) {
    long nanos = plan.within().toNanos();
    for (ShutdownRun other : runs()) {
      nanos = Math.min(nanos, other.leftNanos());
    }
    return Duration.ofNanos(nanos);
  }

  /** The runs that end with the process. */
  List<ShutdownRun> runs() {
    synchronized (ALL) {
      return List.copyOf(runs.keySet());
    }
  }

  /** The log of all runs. */
  BoundedLogging log() {
    return log;
  }

  /** Whether the process was told to die by a signal; a halt that follows may have to undo it. */
  boolean isDying() {
    return dying;
  }

  /** The process was told to die by a signal, or not to. */
  void setDying(boolean dies) {
    dying = dies;
  }

  /** The process is at its end; a virtual one lets the caller go on. */
  void ended() {
    synchronized (ALL) {
      forget();
    }
    runs().forEach(ShutdownRun::ended);
  }

  /** Whether anything is kept for a process. For tests. */
  static boolean isKept(ProcessExit process) {
    synchronized (ALL) {
      return known(process) != null;
    }
  }
}
