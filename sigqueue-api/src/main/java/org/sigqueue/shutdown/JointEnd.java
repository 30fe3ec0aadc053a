package org.sigqueue.shutdown;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.ShutdownReport.Outcome;

/**
 * The one end that all shutdowns of a process have, and the place where it is decided. A shutdown
 * takes part if it is admitted before the decision, and is refused after it; there is no third way.
 * When the steps of a run are over, it starts the members that have not begun, so that no step of
 * one runs beside the hooks that another has started. The last run ends the process, in the way of
 * the member that went worst. A run that is halted ends it at once: that is worse than all.
 *
 * <p>The status depends on the members, their outcomes and the first request alone: not on the
 * thread that came first. So all members have the signal of the first one that began, and of equal
 * members the one that was installed first counts. Those that an exit by somebody has begun take no
 * part in an exit, since its status is not theirs to choose. Any thread.
 */
final class JointEnd {
  /** Guarded by itself. Weak: a virtual process is kept through its shutdowns alone. */
  private static final Map<ProcessExit, WeakReference<JointEnd>> ALL = new WeakHashMap<>();

  private static final Comparator<Candidate> BADNESS =
      Comparator.comparing(Candidate::outcome)
          .thenComparing(candidate -> candidate.decision().end().status() != 0);

  /** An end of the process, and the object that ends it so: of the member whose end it is. */
  record Decision(ProcessExit process, ExitStatus.End end) {}

  private record Candidate(Outcome outcome, Decision decision) {}

  private final ProcessExit key; // keeps this to be found
  private final BoundedLogging log = new BoundedLogging(); // one, so that the lines are in order
  private final Set<GracefulShutdown> members = new LinkedHashSet<>(); // as they were installed
  private final Map<ShutdownRun, Outcome> outcomes = new HashMap<>(); // of runs without steps left
  private @Nullable ShutdownCause first; // of all runs
  private @Nullable Deadline deadline; // the shortest of all runs
  private @Nullable Decision exit;
  private @Nullable Thread leader; // makes the exit that was decided
  private @Nullable Decision halt; // overrides the exit, whose hooks may hang
  private @Nullable ProcessExit dying; // was told to die by a signal
  private boolean exiting;

  /** Set by the leader before the hooks start; read by the threads that report a hang. */
  private volatile @Nullable Set<Thread> beforeHooks;

  private JointEnd(ProcessExit process) {
    this.key = process;
  }

  /** The end of a process; the same for all shutdowns as long as one of them has it. */
  static JointEnd of(ProcessExit process) {
    synchronized (ALL) {
      WeakReference<JointEnd> reference = ALL.get(process);
      JointEnd known = reference == null ? null : reference.get();
      if (known == null) {
        known = new JointEnd(process);
        ALL.remove(process); // whose key may be another one that is equal, and is not kept by this
        ALL.put(known.key, new WeakReference<>(known));
      }
      return known;
    }
  }

  /**
   * Admits a shutdown that is installed: from now on the process does not exit without its steps.
   *
   * @return false if the end is decided; but a shutdown that has begun by then takes part
   */
  synchronized boolean admit(GracefulShutdown shutdown) {
    boolean admitted = shutdown.run() != null || !isDecided();
    if (admitted) {
      members.add(shutdown);
    }
    return admitted;
  }

  /**
   * Leaves a shutdown out for good, unless it has begun.
   *
   * @return whether it is out
   */
  synchronized boolean leave(GracefulShutdown shutdown) {
    boolean out = shutdown.run() == null;
    if (out) {
      shutdown.setClosed();
      members.remove(shutdown);
    }
    return out;
  }

  /**
   * Lets a shutdown begin, unless it has begun, was left out, or comes after the decision.
   *
   * @return its run, which the caller must start; null if it does not begin
   */
  synchronized @Nullable ShutdownRun begin(GracefulShutdown shutdown, ShutdownCause cause) {
    if (shutdown.run() != null || shutdown.isClosed() || isDecided()) {
      return null;
    }
    ShutdownRun run = new ShutdownRun(shutdown.plan(), cause, this, deadlineFor(shutdown, cause));
    if (cause.status() != null && first == null) {
      first = cause;
    }
    members.add(shutdown); // a signal may be faster than the installation
    shutdown.setRun(run);
    return run;
  }

  private Deadline deadlineFor(GracefulShutdown shutdown, ShutdownCause cause) {
    Deadline own = new Deadline(shutdown.plan().within());
    Deadline shared = deadline;
    if (shared != null && cause.status() != null) {
      shared.shorten(own);
      return shared;
    }
    if (shared != null) {
      own.shorten(shared);
    } else if (cause.status() != null) {
      deadline = own;
    }
    return own;
  }

  /**
   * The steps of a run are over. The caller must {@link #exit} if it is the last.
   *
   * @return how to end the process; null if another run does it later, or if it is halted
   */
  @Nullable Decision finish(ShutdownRun run, Outcome outcome) {
    while (true) {
      List<GracefulShutdown> others;
      ShutdownCause cause;
      synchronized (this) {
        others = members.stream().filter(member -> member.run() == null).toList();
        cause = Objects.requireNonNull(first); // at least that of this run
        if (others.isEmpty() || isDecided()) {
          outcomes.put(run, outcome);
          return decideExit();
        }
      }
      others.forEach(other -> other.beginWithOthers(cause)); // while this one counts as running
    }
  }

  private @Nullable Decision decideExit() {
    if (isDecided()) {
      return null;
    }
    List<Candidate> candidates = new ArrayList<>();
    for (GracefulShutdown member : members) {
      ShutdownRun run = member.run();
      if (run == null || !run.endsProcess()) {
        continue; // it was begun by the exit of somebody, whose status holds
      }
      Outcome outcome = outcomes.get(run);
      if (outcome == null) {
        return null;
      }
      candidates.add(candidate(member, outcome, null));
    }
    exit = worst(candidates);
    leader = Thread.currentThread();
    return exit;
  }

  /** Ends the process as it was decided. A virtual one lets the caller go on. */
  void exit(Decision decided) {
    beforeHooks = Thread.getAllStackTraces().keySet();
    decided.process().exit(decided.end().status());
    ended();
  }

  /**
   * The process is exiting. Called by the thread that exits, before the hooks run: so a death by
   * the signal belongs to the exit that was decided here, and never to one by somebody else, which
   * may come before it at any time.
   */
  synchronized void exitBegins() {
    exiting = true;
    if (exit != null && halt == null && Thread.currentThread() == leader) {
      die(exit);
    }
  }

  /** Whether the exit of the process has begun. */
  synchronized boolean isExiting() {
    return exiting;
  }

  /**
   * Decides that the process is halted, unless that is decided already.
   *
   * @param forcing the signal that forces it, if one does
   * @return how to halt it, which the caller must do
   */
  synchronized Decision halt(@Nullable Signal forcing) {
    Decision decided = halt;
    if (decided == null) {
      decided =
          worst(
              members.stream().map(member -> candidate(member, Outcome.HALTED, forcing)).toList());
      halt = decided;
      die(decided);
    }
    return decided;
  }

  private Candidate candidate(GracefulShutdown member, Outcome outcome, @Nullable Signal forcing) {
    Signal signal = first == null ? null : first.signal();
    return new Candidate(
        outcome,
        new Decision(member.plan().process(), member.status().after(outcome, signal, forcing)));
  }

  private static Decision worst(List<Candidate> candidates) {
    Candidate worst = candidates.get(0); // of equals, the one that was installed first
    for (Candidate candidate : candidates) {
      worst = BADNESS.compare(candidate, worst) > 0 ? candidate : worst;
    }
    return worst.decision();
  }

  private boolean isDecided() {
    return exit != null || halt != null;
  }

  /** Has the process die by the signal if that is how it is to end, and not if it is not. */
  private void die(Decision decided) {
    Signal death = decided.end().death();
    ProcessExit process = death == null ? dying : decided.process();
    if (process == null) {
      return;
    }
    try {
      process.dieOnExit(death);
      dying = death == null ? null : process;
    } catch (Throwable e) { // the status is left
      log.warn("cannot die by " + death + ": " + e);
    }
  }

  /** The runs that have begun. */
  synchronized List<ShutdownRun> runs() {
    return members.stream().map(GracefulShutdown::run).filter(Objects::nonNull).toList();
  }

  /** The shutdowns that take part. For tests. */
  synchronized int members() {
    return members.size();
  }

  /** The log of all runs. */
  BoundedLogging log() {
    return log;
  }

  /** The threads that there were before the hooks; null if the exit of this has not begun. */
  @Nullable Set<Thread> beforeHooks() {
    return beforeHooks;
  }

  /** The process is at its end; a virtual one lets the caller go on. */
  void ended() {
    runs().forEach(ShutdownRun::ended);
  }
}
