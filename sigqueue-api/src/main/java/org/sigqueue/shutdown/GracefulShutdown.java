package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.dispatch.Threads;

/**
 * The end of a program in order, when a signal or the program itself asks for it: named steps,
 * while all else still works; then the JVM's own shutdown hooks; then an exit status that tells how
 * it went. All of that within one deadline, at which the process is halted.
 *
 * <pre>{@code
 * GracefulShutdown shutdown =
 *     GracefulShutdown.on(Signal.INT, Signal.TERM)
 *         .step("refuse new requests", server::pause)
 *         .step("finish the others", server::drain)
 *         .step("close the database", pool::close)
 *         .within(Duration.ofSeconds(20))
 *         .exitStatus(ExitStatus.of(0))
 *         .install();
 * }</pre>
 *
 * <p><b>Outcome.</b> A step that throws is logged, and so is one that hangs, with its stack, when
 * its time is over; the next ones run. The status tells a shutdown with all steps done from one
 * with a failed step and from one that was halted: see {@link ExitStatus}. The log also tells which
 * signal came and who sent it, and how long each step took; {@link #report} has the same. The end
 * waits a second at most for a log that blocks.
 *
 * <p><b>Repeated signals.</b> The first signal of each number joins the shutdown that is under way.
 * Another of the same number counts as the same request within the {@linkplain Builder#graceTime
 * grace time}, since one stop often arrives as several signals. After that it halts the process at
 * once, also while the JVM's shutdown hooks run: a second Ctrl-C ends a program that hangs.
 *
 * <p><b>The program's own end.</b> {@link #begin(int, String)} starts the same shutdown from code.
 * It is better than {@link System#exit}, by which the steps run as well, but side by side with the
 * other shutdown hooks: those of databases and logging libraries may have closed what a step needs.
 * (For Log4j, {@code shutdownHook="disable"} in its configuration and a last step that calls {@code
 * LogManager.shutdown()} keep the log to the end on every way.) The status is that of the exit
 * then, a step that hangs is left behind at the deadline, and the exit waits for our lines in the
 * log only if a step has failed.
 *
 * <p>systemd is told, where it has asked for that, as {@link SystemdNotifier} says. The terminal
 * has its echo back also when the process is halted during a password prompt.
 *
 * <p>If somebody calls {@code System.exit} during a shutdown, its status holds, but the exit waits
 * for the steps, and at the deadline the process is halted. A step should not call it.
 *
 * <p>A program may install several of these. They end the process together, when the steps of all
 * are over: one that has not begun by then begins when the steps of the others are done, before the
 * JVM's hooks. The end is that of the one which went worst: halted before failed before completed,
 * then one with another status than 0, then the one that was installed first. The signal of the
 * first request is that of all, so the status does not depend on the order in which their threads
 * run. The shortest of their deadlines holds for the process, also for a step that is running, and
 * a halt cuts all of them off. Once the end is decided, no shutdown can be installed.
 *
 * <p>All methods may be called from any thread and do not block, except that {@link #close} waits
 * for a signal that is on its way; those of one builder are for one thread at a time.
 */
public final class GracefulShutdown implements AutoCloseable {
  private final ShutdownRun.Plan plan;
  private final Repetitions repetitions; // dispatcher thread only
  private final JointEnd joint;
  private final Thread hook;
  private volatile @Nullable Registration registration;
  private volatile @Nullable ShutdownRun run; // written with the lock of joint
  private volatile boolean closed; // likewise

  private GracefulShutdown(ShutdownRun.Plan plan, Duration graceTime) {
    this.plan = plan;
    this.joint = JointEnd.of(plan.process());
    this.repetitions = new Repetitions(graceTime.toNanos());
    this.hook = Threads.create("sigqueue-shutdown-hook", false, joint::exitBegins, this::onExit);
  }

  /** Starts to describe the shutdown on any of these signals. */
  public static Builder on(Signal... signals) {
    return new Builder(null, signals);
  }

  /** As {@link #on(Signal...)}, with the signals of this notifier. */
  public static Builder on(SignalNotifier notifier, Signal... signals) {
    return new Builder(Objects.requireNonNull(notifier, "notifier"), signals);
  }

  private void install(SignalNotifier notifier, List<Signal> wanted) {
    try {
      plan.process().addHook(hook);
      registration = notifier.subscribeInline(this::onSignal, wanted.toArray(new Signal[0]));
      if (!joint.admit(this)) { // last, so that nothing can refuse what the end counts on
        throw new IllegalStateException("the process is about to end");
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** On the dispatcher thread, so that the signal which forces the end needs no other. */
  private void onSignal(SignalEvent view) {
    SignalEvent event = view.snapshot();
    Repetitions.Request request = repetitions.add(event.signal(), event.timeNanos());
    if (start(ShutdownCause.signal(event, plan.status()))) {
      return;
    }
    ShutdownRun begun = run;
    if (begun == null) {
      return; // the process is about to end, and this was not installed by then
    }
    switch (request) {
      case NEW -> begun.join(event);
      case SAME -> begun.repeat(event);
      case FORCE -> begun.force(event);
    }
  }

  /** On the hook's thread, when the JVM is exiting. */
  private void onExit() {
    if (!plan.steps().steps().isEmpty()) {
      start(ShutdownCause.exit());
    }
    ShutdownRun begun = run;
    if (begun != null) {
      begun.awaitSteps();
    }
  }

  private boolean start(ShutdownCause cause) {
    ShutdownRun begun = run == null ? joint.begin(this, cause) : null;
    if (begun == null) {
      return false;
    }
    begun.start();
    return true;
  }

  /**
   * Begins the shutdown, as a signal would: the steps, the JVM's hooks, then the exit. Returns at
   * once; the caller should stop what it is doing.
   *
   * @param status the exit status if all steps are done: 0 to 255; the other outcomes have those of
   *     {@link Builder#exitStatus}
   * @param reason the reason, for the log
   * @return whether this call has begun it; false if it is under way already
   * @throws IllegalArgumentException if the status is not in this range
   * @throws IllegalStateException if this is closed
   */
  public boolean begin(int status, String reason) {
    return begin(plan.status().whenCompleted(status), reason);
  }

  /**
   * As {@link #begin(int, String)}, with a status for each outcome.
   *
   * @throws IllegalStateException if this is closed
   */
  public boolean begin(ExitStatus status, String reason) {
    Objects.requireNonNull(reason, "reason");
    if (start(ShutdownCause.program(reason, Objects.requireNonNull(status, "status")))) {
      return true;
    }
    if (run == null) {
      throw new IllegalStateException("this shutdown is closed");
    }
    return false;
  }

  /**
   * Begins because another shutdown is about to end the process, unless it is under way.
   *
   * @param cause the first request of the end, which may not have reached this shutdown yet
   */
  void beginWithOthers(ShutdownCause cause) {
    start(cause.with(plan.status()));
  }

  ShutdownRun.Plan plan() {
    return plan;
  }

  /** The statuses of the outcomes: of the run, if it has chosen some. */
  ExitStatus status() {
    ShutdownRun begun = run;
    ExitStatus chosen = begun == null ? null : begun.status();
    return chosen == null ? plan.status() : chosen;
  }

  @Nullable ShutdownRun run() {
    return run;
  }

  /** For {@link JointEnd}, with its lock. */
  void setRun(ShutdownRun begun) {
    run = begun;
  }

  boolean isClosed() {
    return closed;
  }

  /** For {@link JointEnd}, with its lock. */
  void setClosed() {
    closed = true;
  }

  /** Whether it has begun. */
  public boolean hasBegun() {
    return run != null;
  }

  /** How it ended; empty until all steps are over or the process is to be halted. */
  public Optional<ShutdownReport> report() {
    ShutdownRun begun = run;
    return begun == null ? Optional.empty() : begun.report();
  }

  /** The steps, to add some and to remove some; they run in order. */
  public StepGroup steps() {
    return plan.steps();
  }

  /**
   * Uninstalls this: the signals take their previous action, and an exit runs no steps. A signal
   * that was accepted before the call still shuts the program down. A shutdown that has begun goes
   * on, and this does nothing then; so a step may close what has installed it. Idempotent.
   */
  @Override
  public void close() {
    if (run != null) {
      return;
    }
    Registration installed = registration;
    if (installed != null) {
      installed.close();
    }
    if (joint.leave(this)) { // else a signal was faster
      plan.process().removeHook(hook);
    }
  }

  /** The description of a graceful shutdown; {@link #install} puts it in place. */
  public static final class Builder {
    private static final Duration DEFAULT_WITHIN = Duration.ofSeconds(25);
    private static final Duration DEFAULT_GRACE_TIME = Duration.ofSeconds(1);

    private final @Nullable SignalNotifier notifier;
    private final List<Signal> signals;
    private final StepGroup steps = StepGroup.inOrder("shutdown");
    private Duration within = DEFAULT_WITHIN;
    private Duration graceTime = DEFAULT_GRACE_TIME;
    private ExitStatus status = ExitStatus.ofSignal();
    private @Nullable ProcessExit process;
    private @Nullable SystemdNotifier systemd;
    private boolean installed;

    private Builder(@Nullable SignalNotifier notifier, Signal... signals) {
      this.notifier = notifier;
      this.signals = List.of(signals);
    }

    /**
     * Adds a step after those there are. A program may have none, and still gets the log, the
     * deadline and the status.
     *
     * @param name for the log
     */
    public Builder step(String name, ShutdownStep.Action action) {
      return step(ShutdownStep.of(name, action));
    }

    /** As {@link #step(String, ShutdownStep.Action)}, with a {@link ShutdownStep#limit limit}. */
    public Builder step(String name, Duration limit, ShutdownStep.Action action) {
      return step(ShutdownStep.of(name, action).limit(limit));
    }

    /** As {@link #step(String, ShutdownStep.Action)}, with an action that gets its time limit. */
    public Builder timedStep(String name, ShutdownStep.TimedAction action) {
      return step(ShutdownStep.timed(name, action));
    }

    /** Adds a step after those there are. */
    public Builder step(ShutdownStep step) {
      steps.add(step);
      return this;
    }

    /** Adds a group of steps after those there are: side by side, or to be filled later. */
    public Builder group(StepGroup group) {
      steps.add(group);
      return this;
    }

    /**
     * How long it may take from the signal to the end of the process, the JVM's shutdown hooks
     * included. Choose less than what the supervisor allows before it kills: by default 30 seconds
     * with Kubernetes, 10 with Docker, 90 with systemd. The default here is 25 seconds.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder within(Duration deadline) {
      within = ShutdownStep.positive(deadline, "deadline");
      return this;
    }

    /**
     * How long after the first signal of a number another of the same number is taken for the same
     * request. By default a second, which tools that forward signals do not need and people do not
     * outrun. With zero each repetition halts the process. Where the supervisor kills anyway, and
     * may ask twice, as Kubernetes does after a {@code preStop} hook, choose more than the
     * deadline.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder graceTime(Duration time) {
      graceTime = time.isZero() ? time : ShutdownStep.positive(time, "grace time");
      return this;
    }

    /**
     * The exit status that the parent of the process sees; by default {@link ExitStatus#ofSignal}.
     */
    public Builder exitStatus(ExitStatus status) {
      this.status = Objects.requireNonNull(status, "status");
      return this;
    }

    /** Replaces the process that is ended; by default that of the notifier's source. */
    public Builder process(ProcessExit process) {
      this.process = Objects.requireNonNull(process, "process");
      return this;
    }

    /** Replaces the supervisor that gets the messages; by default that of the process. */
    Builder systemd(SystemdNotifier systemd) {
      this.systemd = systemd;
      return this;
    }

    /**
     * Puts it in place, once. Signals that were ignored when the process started stay so.
     *
     * @throws IllegalArgumentException if no signal is given
     * @throws UnsupportedSignalException if one of them cannot be received
     * @throws org.sigqueue.core.source.SignalSourceException if there is no source that works here
     * @throws IllegalStateException if this builder has installed it, if the notifier is closed, or
     *     if the JVM is exiting or about to; then none of its steps has run, and nothing is left
     */
    public GracefulShutdown install() {
      if (installed) {
        throw new IllegalStateException("this shutdown is installed already");
      }
      SignalNotifier from = notifier == null ? Signals.process() : notifier;
      ProcessExit ends = process == null ? ProcessExit.of(from.source()) : process;
      SystemdNotifier tells = systemd == null ? SystemdNotifier.of(from) : systemd;
      GracefulShutdown shutdown =
          new GracefulShutdown(new ShutdownRun.Plan(steps, within, status, ends, tells), graceTime);
      shutdown.install(from, signals);
      installed = true;
      return shutdown;
    }
  }
}
