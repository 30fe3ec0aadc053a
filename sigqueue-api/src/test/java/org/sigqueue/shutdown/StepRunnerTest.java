package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Errors of the runner itself, for which there is no step to blame. */
@Timeout(120)
class StepRunnerTest {
  @Test
  void errorOfOursCostsOneStepAndIsNoSuccess() {
    List<String> ran = new CopyOnWriteArrayList<>();
    StepGroup steps = StepGroup.inOrder("steps");
    steps.add(ShutdownStep.of("one", () -> ran.add("one")));
    steps.add(ShutdownStep.of("two", () -> ran.add("two")));
    StepRunner runner =
        new StepRunner(
            new Deadline(Duration.ofDays(1)),
            new BoundedLogging(),
            name -> {
              if (name.equals("one")) {
                throw new OutOfMemoryError("on purpose, of a test");
              }
            });
    runner.runAll(steps);
    assertEquals(List.of("two"), ran);
    assertFalse(runner.allDone());
  }

  @Test
  void stepThatRunsIsLeftBehindWhenItsDeadlineMovesTowardsIt() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Deadline deadline = new Deadline(Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000));
    ShutdownStep hangs =
        ShutdownStep.of(
            "hangs",
            () -> {
              begun.countDown();
              release.await();
            });
    RunningStep step = new RunningStep(hangs, deadline);
    step.start();
    begun.await();
    deadline.shorten(new Deadline(Duration.ofNanos(Long.MAX_VALUE))); // which is later
    deadline.shorten(new Deadline(Duration.ofMillis(10)));
    assertEquals(ShutdownReport.Result.TIMED_OUT, step.await());
    release.countDown();
  }
}
