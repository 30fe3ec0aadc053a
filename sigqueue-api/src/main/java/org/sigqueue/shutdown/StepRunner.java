package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.sigqueue.dispatch.Threads;
import org.sigqueue.shutdown.ShutdownReport.Result;
import org.sigqueue.shutdown.ShutdownReport.StepReport;

/**
 * The runner of the steps of one shutdown. It starts a thread for each step and waits for that, but
 * not longer than the step's limit: a step that hangs is left behind and costs the others nothing.
 */
final class StepRunner {
  private final Deadline deadline;
  private final BoundedLogging log;
  private final Consumer<String> onBegin;
  private volatile boolean stopped;
  private volatile boolean broken; // an error not of a step, but of this

  /** In the order in which they began. */
  private final List<RunningStep> begun = Collections.synchronizedList(new ArrayList<>());

  /**
   * @param onBegin gets the name of each step that begins
   */
  StepRunner(Deadline deadline, BoundedLogging log, Consumer<String> onBegin) {
    this.deadline = deadline;
    this.log = log;
    this.onBegin = onBegin;
  }

  /** Runs all steps of a shutdown, until they have ended or were left behind, or time is up. */
  void runAll(StepGroup steps) {
    run((StepNode) steps);
  }

  private void run(StepGroup group) {
    Set<StepNode> seen = new HashSet<>();
    List<Thread> beside = new ArrayList<>();
    for (StepNode node; mayBegin() && (node = group.next(seen)) != null; ) {
      seen.add(node);
      StepNode next = node;
      if (!group.isSideBySide() || !start(() -> run(next), beside)) {
        run(next);
      }
    }
    beside.forEach(StepRunner::awaitEnd);
  }

  private boolean mayBegin() {
    return !stopped && deadline.leftNanos() > 0;
  }

  /** Has no further step begin: a process that was halted runs none, even if it is virtual. */
  void stop() {
    stopped = true;
  }

  private static boolean start(Runnable body, List<Thread> started) {
    try {
      Thread thread = Threads.create("sigqueue-shutdown-group", true, body);
      thread.start();
      return started.add(thread);
    } catch (Throwable e) { // no memory for a thread: one after the other, then
      return false;
    }
  }

  /** Not interruptible, and bounded: each of its steps has a limit. */
  private static void awaitEnd(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(StepNode node) {
    try {
      if (node instanceof StepGroup group) {
        run(group);
      } else if (node instanceof ShutdownStep step) {
        run(step);
      }
    } catch (Throwable e) { // no memory, for example: the next one may still run
      broken = true;
      log.error(node + " could not be run to its end", e);
    }
  }

  private void run(ShutdownStep step) {
    onBegin.accept(step.name());
    RunningStep running = new RunningStep(step, deadline);
    begun.add(running);
    running.start();
    Result result = running.await();
    long millis = TimeUnit.NANOSECONDS.toMillis(running.tookNanos());
    switch (result) {
      case DONE -> log.info(step + " took " + millis + " ms");
      case FAILED ->
          log.error(
              step + " has failed after " + millis + " ms",
              running.failure().orElseGet(IllegalStateException::new));
      case EXITED -> log.error(step + " has called System.exit; the next ones run all the same");
      default -> {
        log.error(step + " did not end within " + millis + " ms; it hangs:\n" + running.position());
        running.leaveBehind();
      }
    }
  }

  /** Whether every step that has begun has ended well. */
  boolean allDone() {
    return !broken && reports().stream().allMatch(report -> report.result() == Result.DONE);
  }

  /** The steps that have begun. */
  private List<StepReport> reports() {
    synchronized (begun) {
      return begun.stream()
          .map(RunningStep::report)
          .collect(Collectors.toCollection(ArrayList::new));
    }
  }

  /** The result of each step, also of those of the group that have not begun. */
  List<StepReport> reports(StepGroup all) {
    List<StepReport> reports = reports();
    List<ShutdownStep> left = all.steps();
    synchronized (begun) {
      left.removeAll(begun.stream().map(RunningStep::step).toList());
    }
    for (ShutdownStep step : left) {
      reports.add(new StepReport(step.name(), Result.NOT_BEGUN, Duration.ZERO, Optional.empty()));
    }
    return reports;
  }

  /** The steps that run now. */
  List<RunningStep> running() {
    synchronized (begun) {
      return begun.stream().filter(step -> step.result() == Result.RUNNING).toList();
    }
  }
}
