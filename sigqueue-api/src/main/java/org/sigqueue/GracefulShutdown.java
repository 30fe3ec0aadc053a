package org.sigqueue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.Occurrence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the program in order when a signal asks for it: named steps one after the other, while all
 * else still works; then the JVM's own shutdown hooks; then the exit status of choice. All of that
 * within one deadline, at which the process is halted.
 *
 * <pre>{@code
 * GracefulShutdown.on(Signal.INT, Signal.TERM)
 *     .step("refuse new requests", server::pause)
 *     .step("finish the others", server::drain)
 *     .step("close the database", pool::close)
 *     .within(Duration.ofSeconds(20))
 *     .exitStatus(ExitStatus.of(0))
 *     .install();
 * }</pre>
 *
 * <p>The log tells which signal came and who sent it, how long each step took, and at the deadline
 * what hangs and where. A step that throws is logged, and the next one runs. A second signal, the
 * same or another of them, halts the process at once; so where a supervisor sends two in a row
 * (systemd with {@code SendSIGHUP=yes}: TERM and HUP), only one of them should be listed. Before it
 * is halted, the log has up to a second to take down why.
 *
 * <p>When the JVM exits for another reason, because of {@link System#exit} or the end of the last
 * thread, the steps run as well, side by side with the other shutdown hooks. The status is that of
 * the exit then; a step that hangs is left behind at the deadline; of the signals only a second one
 * forces the end.
 *
 * <p>If somebody calls {@code System.exit} during a shutdown by a signal, its status holds, but the
 * exit waits for the steps, and at the deadline the process is halted with the status of the
 * signal. A step should not call {@code System.exit}: the next steps would run beside the shutdown
 * hooks.
 *
 * <p>A program may install several of these; their steps run side by side. All methods may be
 * called from any thread, those of one builder by one thread at a time.
 */
public final class GracefulShutdown implements AutoCloseable {
  /** What a step does. */
  @FunctionalInterface
  public interface Action {
    /**
     * Does it, on a thread that runs nothing but steps.
     *
     * @throws Exception if it fails; that is logged, and the next step runs
     */
    void run() throws Exception;
  }

  /** What a step does that limits itself to the time that is left. */
  @FunctionalInterface
  public interface TimedAction {
    /**
     * Does it, on a thread that runs nothing but steps.
     *
     * @param left the time to the deadline, at which the process is halted
     * @throws Exception if it fails; that is logged, and the next step runs
     */
    void run(Duration left) throws Exception;
  }

  private static final Logger LOG = LoggerFactory.getLogger(GracefulShutdown.class);

  private final ShutdownRun.Plan plan;
  private final Thread hook = new Thread(this::onExit, "sigqueue-shutdown-hook");
  private final AtomicReference<@Nullable ShutdownRun> run = new AtomicReference<>();
  private volatile @Nullable Subscription subscription; // null: all signals are ignored
  private volatile boolean closed;
  private int signals; // dispatcher thread only

  private GracefulShutdown(ShutdownRun.Plan plan) {
    this.plan = plan;
  }

  /** Starts to describe what happens on any of these signals. */
  public static Builder on(Signal... signals) {
    return new Builder(null, signals);
  }

  /** As {@link #on(Signal...)}, with the signals of this notifier. */
  public static Builder on(SignalNotifier notifier, Signal... signals) {
    return new Builder(Objects.requireNonNull(notifier, "notifier"), signals);
  }

  private void install(SignalNotifier notifier, List<Signal> wanted) {
    plan.process().addHook(hook);
    try {
      subscription = subscribe(notifier, wanted);
    } catch (RuntimeException e) {
      plan.process().removeHook(hook);
      throw e;
    }
  }

  /**
   * A service that is started by nohup or in the background of a script should start all the same.
   */
  private @Nullable Subscription subscribe(SignalNotifier notifier, List<Signal> wanted) {
    List<Signal> left = new ArrayList<>(wanted);
    do {
      try {
        return notifier.subscribeInline(this::onSignal, left.toArray(new Signal[0]));
      } catch (UnsupportedSignalException e) {
        if (e.reason() != Reason.IGNORED_AT_START) {
          throw e;
        }
        LOG.info("{} was ignored when the process started, and still is", e.signal());
        left.remove(e.signal());
      }
    } while (!left.isEmpty());
    return null;
  }

  /** On the dispatcher thread, so that the signal which forces the end needs no other. */
  private void onSignal(Occurrence occurrence) {
    SignalEvent event = SignalEvent.of(occurrence);
    signals++;
    if (signals == 1 && begin(event)) {
      return;
    }
    ShutdownRun begun = Objects.requireNonNull(run.get());
    if (signals == 1) {
      begun.join(event);
    } else {
      begun.force(event);
    }
  }

  /** On the hook's thread, when the JVM is exiting. */
  private void onExit() {
    if (!closed) {
      begin(null);
      Objects.requireNonNull(run.get()).awaitSteps();
    }
  }

  private boolean begin(@Nullable SignalEvent cause) {
    ShutdownRun created = new ShutdownRun(plan, cause);
    boolean first = run.compareAndSet(null, created);
    if (first) {
      created.start();
    }
    return first;
  }

  /**
   * Uninstalls this: the signals take the action of before, and an exit runs no steps. A signal
   * that was accepted before the call still shuts the program down. A shutdown that has begun goes
   * on, and this does nothing then; so a step may close what has installed it. Idempotent.
   */
  @Override
  public void close() {
    if (run.get() != null) {
      return;
    }
    Subscription installed = subscription;
    if (installed != null) {
      installed.close();
    }
    if (run.get() == null) { // else a signal was faster
      closed = true;
      plan.process().removeHook(hook);
    }
  }

  /** Describes a graceful shutdown; {@link #install} puts it in place. */
  public static final class Builder {
    private static final Duration DEFAULT_WITHIN = Duration.ofSeconds(25);

    private final @Nullable SignalNotifier notifier;
    private final List<Signal> signals;
    private final List<ShutdownRun.Step> steps = new ArrayList<>();
    private Duration within = DEFAULT_WITHIN;
    private ExitStatus status = ExitStatus.ofSignal();
    private @Nullable ProcessEnd process;
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
    public Builder step(String name, Action action) {
      Objects.requireNonNull(action, "action");
      return timedStep(name, left -> action.run());
    }

    /** As {@link #step}, with an action that is told how much time is left. */
    public Builder timedStep(String name, TimedAction action) {
      steps.add(
          new ShutdownRun.Step(
              Objects.requireNonNull(name, "name"), Objects.requireNonNull(action, "action")));
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
      if (deadline.isNegative() || deadline.isZero()) {
        throw new IllegalArgumentException("deadline is " + deadline + ", not positive");
      }
      // The longest that nanoseconds can tell is 292 years.
      within = Duration.ofNanos(TimeUnit.NANOSECONDS.convert(deadline));
      return this;
    }

    /** What the parent of the process is told; by default {@link ExitStatus#ofSignal}. */
    public Builder exitStatus(ExitStatus status) {
      this.status = Objects.requireNonNull(status, "status");
      return this;
    }

    /** Replaces the process that is ended, for tests. */
    Builder process(ProcessEnd process) {
      this.process = process;
      return this;
    }

    /**
     * Puts it in place, once. Signals that were ignored when the process started stay so.
     *
     * @throws IllegalArgumentException if no signal is given
     * @throws UnsupportedSignalException if one of them cannot be received
     * @throws org.sigqueue.core.SignalSourceException if there is no source that works here
     * @throws IllegalStateException if this builder has installed it, if the notifier is closed, or
     *     if the JVM is exiting already
     */
    public GracefulShutdown install() {
      if (installed) {
        throw new IllegalStateException("this shutdown is installed already");
      }
      SignalNotifier from = notifier == null ? Signals.notifier() : notifier;
      ProcessEnd ends = process == null ? ProcessEnd.of(from.source()) : process;
      GracefulShutdown shutdown =
          new GracefulShutdown(new ShutdownRun.Plan(List.copyOf(steps), within, status, ends));
      shutdown.install(from, signals);
      installed = true;
      return shutdown;
    }
  }
}
