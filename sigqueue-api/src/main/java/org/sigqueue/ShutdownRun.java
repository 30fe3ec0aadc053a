package org.sigqueue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A graceful shutdown under way. One thread runs the steps and then, if a signal has begun this,
 * exits; it is no daemon, lest the JVM end with the other threads, before the steps and with
 * another status. A second thread halts the process at the deadline.
 *
 * <p>If the JVM is exiting for another reason, the status is not ours, so there is nothing to halt
 * for: the shutdown hook that has begun this waits for the steps, but not beyond the deadline.
 */
final class ShutdownRun {
  private static final Logger LOG = LoggerFactory.getLogger(GracefulShutdown.class);

  /** How often the hook, while it waits for the steps, looks whether a step waits for the hook. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** What is to be done, as it was installed. */
  record Plan(List<Step> steps, Duration within, ExitStatus status, ProcessEnd process) {}

  /** A step by name. */
  record Step(String name, GracefulShutdown.TimedAction action) {}

  private final Plan plan;
  private final @Nullable SignalEvent cause; // null if the JVM is exiting for another reason
  private final long startNanos = System.nanoTime();
  private final AtomicInteger next = new AtomicInteger(); // the first step that nobody has begun
  private final CountDownLatch stepsDone = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1); // a real process is gone by then

  // Written by the thread that runs the steps; read by those who tell where it hangs.
  private volatile @Nullable Thread worker;
  private volatile String doing = "its start";
  private volatile @Nullable Set<Thread> beforeHooks;

  ShutdownRun(Plan plan, @Nullable SignalEvent cause) {
    this.plan = plan;
    this.cause = cause;
  }

  /** Starts the threads; any thread, once. Does not block. */
  void start() {
    try {
      if (cause != null) {
        thread("sigqueue-shutdown-watchdog", true, () -> watch(cause.signal())).start();
      }
      thread("sigqueue-shutdown", false, this::run).start();
    } catch (Throwable e) { // no memory for a thread: there will be none for the hooks either
      stepsDone.countDown();
      LastWords.say(() -> LOG.error("cannot start the shutdown", e));
      if (cause != null) {
        end(cause.signal(), plan.process()::halt);
      }
    }
  }

  private static Thread thread(String name, boolean daemon, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(daemon);
    return thread;
  }

  private void run() {
    log(() ->
        LOG.info(
            "{}: shutdown begins, {} steps within {} ms",
            cause == null ? "the JVM is exiting" : cause + ", cause " + cause.cause(),
            plan.steps().size(),
            plan.within().toMillis()));
    runSteps();
    if (cause != null) {
      Signal signal = cause.signal();
      log(() -> LOG.info("all steps took {} ms; now {}", millisSince(startNanos), outcome(signal)));
      beforeHooks = Thread.getAllStackTraces().keySet();
      doing = "the JVM's shutdown hooks";
      end(signal, plan.process()::exit);
      ended.countDown();
    }
  }

  private void runSteps() {
    worker = Thread.currentThread();
    for (int i; (i = next.getAndIncrement()) < plan.steps().size(); ) {
      Step step = plan.steps().get(i);
      runStep("step " + (i + 1) + " '" + step.name() + "'", step);
    }
    stepsDone.countDown();
  }

  private void runStep(String what, Step step) {
    doing = what;
    long start = System.nanoTime();
    try {
      step.action().run(Duration.ofNanos(leftNanos()));
      log(() -> LOG.info("{} took {} ms", what, millisSince(start)));
    } catch (Throwable e) { // whatever it is, the next step runs
      log(() -> LOG.error("{} has failed after {} ms", what, millisSince(start), e));
    }
    Thread.interrupted(); // what was meant for this step is not for the next
  }

  /** Waits for the steps; beyond the deadline only if the watchdog is there to end that. */
  void awaitSteps() {
    try {
      while (!stepsDone.await(LOOK_NANOS, TimeUnit.NANOSECONDS)) {
        if (isExiting(worker)) {
          passOn();
        } else if (cause == null && leftNanos() == 0) {
          LastWords.say(() -> LOG.error("{}\nthe exit goes on without it", hung()));
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // somebody wants the exit to go on
    }
  }

  private static boolean isExiting(@Nullable Thread thread) {
    if (thread != null) {
      for (StackTraceElement frame : thread.getStackTrace()) {
        if (frame.getClassName().equals("java.lang.Runtime")
            && frame.getMethodName().equals("exit")) {
          return true;
        }
      }
    }
    return false;
  }

  /** A step that calls System.exit waits for the hooks and so for the steps: another runs them. */
  private void passOn() {
    String step = doing;
    LastWords.say(
        () -> LOG.error("{} has called System.exit; the next ones run all the same", step));
    worker = null;
    thread("sigqueue-shutdown", true, this::runSteps).start();
  }

  /** The first signal when the JVM is exiting anyway. */
  void join(SignalEvent event) {
    LastWords.say(() -> LOG.info("{}: the JVM is exiting already", event));
  }

  /** A signal that is to be the last: ends the process at once. */
  void force(SignalEvent event) {
    Signal signal = cause == null ? event.signal() : cause.signal();
    LastWords.say(() -> LOG.warn("{} during {}: halted, {}", event, doing, outcome(signal)));
    end(signal, plan.process()::halt);
  }

  private void watch(Signal signal) {
    try {
      if (ended.await(leftNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // by nobody who knows what it does
    }
    LastWords.say(() -> LOG.error("{}\nhalted, {}", hung(), outcome(signal)));
    end(signal, plan.process()::halt);
  }

  /** Ends the process: by this way, or before it by the death that was chosen. */
  private void end(Signal signal, IntConsumer way) {
    if (plan.status().isDeath()) {
      try {
        plan.process().die(signal.number());
      } catch (Throwable e) { // the way is left
        LastWords.say(() -> LOG.warn("cannot die by {}: {}", signal, e.toString()));
      }
    }
    way.accept(plan.status().code(signal));
  }

  private String outcome(Signal signal) {
    return plan.status().describe(signal);
  }

  /** What hangs at the deadline, and where its threads are. */
  private String hung() {
    StringBuilder text = new StringBuilder("the shutdown did not end within ");
    text.append(plan.within().toMillis()).append(" ms; it hangs in ").append(doing);
    for (Thread thread : suspects()) {
      text.append('\n').append(LastWords.whereabouts(thread));
    }
    return text.toString();
  }

  private List<Thread> suspects() {
    List<Thread> suspects = new ArrayList<>();
    Thread steps = worker;
    if (steps != null) {
      suspects.add(steps);
    }
    Set<Thread> before = beforeHooks;
    if (before != null) {
      // Who is a hook cannot be asked, but the hooks and what they have started are all new.
      suspects.addAll(Thread.getAllStackTraces().keySet());
      suspects.removeAll(before);
      suspects.remove(Thread.currentThread());
    }
    return suspects;
  }

  private long leftNanos() {
    return Math.max(0, plan.within().toNanos() - (System.nanoTime() - startNanos));
  }

  private static long millisSince(long startNanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
  }

  /** A log may be broken when a program ends; that keeps nothing from being done. */
  private static void log(Runnable words) {
    try {
      words.run();
    } catch (Throwable e) {
      // There is nowhere left to tell it.
    }
  }
}
