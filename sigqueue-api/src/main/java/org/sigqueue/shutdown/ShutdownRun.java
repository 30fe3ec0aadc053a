package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.dispatch.Gate;
import org.sigqueue.dispatch.Log;
import org.sigqueue.dispatch.Threads;
import org.sigqueue.shutdown.ShutdownReport.Outcome;

/**
 * A graceful shutdown under way. One thread runs the steps and then, unless the JVM is exiting
 * already, exits; it is no daemon, lest the JVM end with the other threads, before the steps and
 * with another status. A second thread halts the process at the deadline.
 *
 * <p>If the JVM is exiting already, the status is not ours, so there is nothing to halt for: the
 * shutdown hook that has begun this waits for the steps, but not beyond the deadline.
 */
final class ShutdownRun {
  /** The plan, as it was installed. */
  record Plan(
      StepGroup steps,
      Duration within,
      ExitStatus status,
      ProcessExit process,
      SystemdNotifier systemd) {}

  /**
   * The longest time that the end takes beyond the deadline: for the log, and for a socket without
   * room.
   */
  private static final long SLACK_NANOS = 2 * BoundedLogging.LIMIT_NANOS;

  private final Plan plan;
  private final ShutdownCause cause;
  private final JointEnd joint;
  private final Deadline ownDeadline; // at which this halts the process
  private final Deadline deadline; // the shortest of the runs that end together
  private final int lastResort; // the status of a halt that lacks the memory to choose one
  private final BoundedLogging log;
  private final TaskThread supervisor = new TaskThread("sigqueue-shutdown-notify");
  private final StepRunner runner;
  private final Set<Signal> repeated = EnumSet.noneOf(Signal.class); // dispatcher thread only
  private final Gate stepsDone = new Gate();
  private final Gate ended = new Gate(); // a real process is gone by then

  /** Decided by the thread that ends the process first; but a halt may cut off the hooks, too. */
  private final AtomicReference<@Nullable ShutdownReport> report = new AtomicReference<>();

  ShutdownRun(Plan plan, ShutdownCause cause, JointEnd joint, Deadline deadline) {
    this.plan = plan;
    this.cause = cause;
    this.joint = joint;
    this.log = joint.log();
    this.ownDeadline = new Deadline(plan.within());
    this.deadline = deadline;
    ExitStatus chosen = cause.status();
    this.lastResort =
        (chosen == null ? plan.status() : chosen).after(Outcome.HALTED, null, null).status();
    this.runner = new StepRunner(deadline, log, this::tell);
  }

  /** Starts the threads; any thread, once. Does not block. */
  void start() {
    String plans =
        ": shutdown begins, "
            + plan.steps().steps().size()
            + " steps within "
            + Math.min(plan.within().toMillis(), millis(deadline.leftNanos()) + 1)
            + " ms";
    log.write(() -> Log.info(cause.text() + plans)); // the text takes a moment
    if (plan.systemd().isSupervised()) {
      supervisor.execute(plan.systemd()::stopping);
    }
    try {
      if (cause.status() != null) {
        Threads.create("sigqueue-shutdown-watchdog", true, this::watch).start();
      }
      Threads.create("sigqueue-shutdown", false, this::run).start();
    } catch (Throwable e) { // no memory for a thread: there will be none for the hooks either
      end("cannot start the shutdown", e);
    }
  }

  private void end(String because, Throwable error) {
    try {
      log.error(because, error);
    } finally {
      stepsDone.open();
      if (cause.status() != null) {
        halt(null);
      }
    }
  }

  /** Tells systemd which step begins, and that all may take until the deadline. */
  private void tell(String step) {
    if (plan.systemd().isSupervised()) {
      supervisor.execute(() -> {
        plan.systemd().status("shutting down: " + step);
        plan.systemd().extendTimeout(Duration.ofNanos(deadline.leftNanos() + SLACK_NANOS));
      });
    }
  }

  private void run() {
    try {
      runAndExit();
    } catch (Throwable e) { // an error of ours, like one of memory, must not keep the process alive
      end("the shutdown has failed", e);
    }
  }

  private void runAndExit() {
    runner.runAll(plan.steps());
    Outcome outcome = outcome();
    ShutdownReport decided = decide(outcome);
    if (cause.status() == null || decided.outcome() == Outcome.HALTED) {
      stepsDone.open();
      return; // the JVM is exiting; or the watchdog or a signal ends the process
    }
    log.info( // before the process can end, which waits for its log
        "the steps took "
            + millis(ownDeadline.passedNanos())
            + " ms, "
            + (outcome == Outcome.COMPLETED ? "all done" : "not all done"));
    stepsDone.open();
    JointEnd.Decision end = joint.finish(this, outcome);
    if (end == null) {
      return;
    }
    log.info(joint.isExiting() ? "the exit that somebody has begun goes on" : "now " + end.end());
    log.flush();
    if (plan.systemd().isSupervised()) {
      supervisor.await(SLACK_NANOS);
    }
    joint.exit(end);
  }

  private Outcome outcome() {
    if (deadline.leftNanos() == 0) { // some steps may not have begun
      return Outcome.HALTED;
    }
    return runner.allDone() ? Outcome.COMPLETED : Outcome.FAILED;
  }

  /** Waits for the steps; beyond the deadline only if the watchdog is there to end that. */
  void awaitSteps() {
    boolean over = stepsDone.await(cause.status() != null ? Long.MAX_VALUE : deadline.leftNanos());
    if (Thread.currentThread().isInterrupted()) {
      return; // somebody wants the exit to go on
    }
    if (!over) {
      log.error(hung() + "\nthe exit goes on without it");
    }
    // An exit that somebody else has begun does not wait until SLF4J is set up to tell good news.
    if (cause.status() != null || outcome() != Outcome.COMPLETED) {
      log.flush();
    }
  }

  /** A signal that asks for this in another way, or when the JVM is exiting anyway. Any thread. */
  void join(SignalEvent event) {
    log.info(event + ": the shutdown goes on, in " + doing() + "; another such signal halts it");
  }

  /** A signal that is a repetition; logged once for each number. Dispatcher thread. */
  void repeat(SignalEvent event) {
    if (repeated.add(event.signal())) {
      log.info(event + ": the same request again; the shutdown goes on, in " + doing());
    }
  }

  /** A signal that is to be the last: ends the process at once. Any thread. */
  void force(SignalEvent event) {
    halt(event);
  }

  private void watch() {
    while (!ended.await(ownDeadline.leftNanos()) && ownDeadline.leftNanos() > 0) {
      boolean unused = Thread.interrupted(); // by no code of ours
    }
    if (!ended.isOpen()) {
      halt(null);
    }
  }

  /** Halts the process, also where there is no memory to choose how, or to tell. */
  private void halt(@Nullable SignalEvent forcing) {
    JointEnd.Decision decided = null;
    Throwable failure = null;
    try {
      decided = joint.halt(forcing == null ? null : forcing.signal());
      tellOfHalt(forcing, decided);
    } catch (Throwable e) {
      failure = e;
    }
    try {
      if (failure != null) {
        log.error("the process is halted, and the reason could not be told", failure);
      }
      joint.runs().forEach(ShutdownRun::cutOff);
      log.flush();
    } catch (Throwable e) {
      // The end matters more.
    }
    if (decided != null) {
      decided.process().halt(decided.end().status());
    } else {
      haltWithoutMemory();
    }
    joint.ended();
  }

  private void haltWithoutMemory() {
    try {
      plan.process().dieOnExit(null); // an exit that was decided may have asked for a death
    } catch (Throwable e) {
      // Then it dies by the signal.
    }
    plan.process().halt(lastResort);
  }

  private void tellOfHalt(@Nullable SignalEvent forcing, JointEnd.Decision decided) {
    if (forcing != null) {
      log.warn(forcing + " during " + doing() + ": halted, " + decided.end());
    } else if (ownDeadline.leftNanos() == 0) {
      log.error(hung() + "\nhalted, " + decided.end());
    }
  }

  /** The process is halted, by this run or another: a virtual one goes on without the steps. */
  private void cutOff() {
    runner.stop();
    decide(Outcome.HALTED);
  }

  private ShutdownReport decide(Outcome outcome) {
    ShutdownReport made =
        new ShutdownReport(
            cause.text(),
            Optional.ofNullable(cause.event()),
            outcome,
            List.copyOf(runner.reports(plan.steps())));
    return Objects.requireNonNull(
        report.updateAndGet(before -> before == null || outcome == Outcome.HALTED ? made : before));
  }

  /** The process is at its end; a virtual one lets the caller go on. */
  void ended() {
    ended.open();
  }

  /** The status that this is to end the process with; null if that was chosen elsewhere. */
  @Nullable ExitStatus status() {
    return cause.status();
  }

  /** Whether this is to end the process, and no exit that somebody has begun. */
  boolean endsProcess() {
    return cause.status() != null;
  }

  /** How this ended, when that is decided. */
  Optional<ShutdownReport> report() {
    return Optional.ofNullable(report.get());
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private String doing() {
    if (joint.beforeHooks() != null || (stepsDone.isOpen() && !endsProcess())) {
      return "the JVM's shutdown hooks";
    }
    List<RunningStep> running = awaitedSteps();
    return running.isEmpty()
        ? "no step"
        : running.stream().map(step -> step.step().toString()).collect(Collectors.joining(", "));
  }

  /** The running steps of this; when these are over, those of the shutdowns that end with it. */
  private List<RunningStep> awaitedSteps() {
    if (!stepsDone.isOpen()) {
      return runner.running();
    }
    return joint.runs().stream().flatMap(run -> run.runner.running().stream()).toList();
  }

  /** The part that hangs at the deadline, and where its threads are. */
  private String hung() {
    StringBuilder text = new StringBuilder("the shutdown did not end within ");
    text.append(plan.within().toMillis()).append(" ms; it hangs in ").append(doing());
    for (RunningStep step : awaitedSteps()) {
      text.append('\n').append(step.position());
    }
    for (Thread thread : hookThreads()) {
      text.append('\n').append(Whereabouts.of(thread));
    }
    return text.toString();
  }

  /** The JVM does not tell its hooks, but they and the threads they start are all new. */
  private List<Thread> hookThreads() {
    Set<Thread> before = joint.beforeHooks();
    if (before == null) {
      return List.of();
    }
    List<Thread> threads = new ArrayList<>(Thread.getAllStackTraces().keySet());
    threads.removeAll(before);
    threads.removeIf(thread -> thread.getName().startsWith("sigqueue-shutdown"));
    return threads;
  }
}
