package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.ChildJvm;

/**
 * A call that an error ends has done nothing, or can be called again: no lock is held, nothing is
 * registered without a handle, and no end stops halfway.
 */
@Timeout(400)
class HalfwayTest {
  private static final List<String> NOTHING_LEFT = List.of("some fail true", "leftovers 0");

  @TempDir private Path directory;

  /** Interpreted, so that the frames of the calls are as deep as they get. */
  @Test
  void callsAtTheEndOfTheStackLeaveNothingBehind() throws Exception {
    ChildJvm.Result result =
        new ChildJvm(directory).option("-Xint").run(HalfwayProgram.class, "stack");
    assertEquals(NOTHING_LEFT, result.out(), result::log);
  }

  @Test
  void callsAtTheEndOfTheMemoryLeaveNothingBehind() throws Exception {
    ChildJvm.Result result =
        new ChildJvm(directory)
            .option("-Xint")
            .option("-Xmx16m")
            .run(HalfwayProgram.class, "memory");
    assertEquals(NOTHING_LEFT, result.out(), result::log);
  }
}
