package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
}
