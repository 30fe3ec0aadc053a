package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.ChildJvm;

/** The dispatch loop outlives a heap that is full: each error costs an occurrence, no more. */
@Timeout(400)
class FullHeapTest {
  @Test
  void loopOutlivesErrorsOutsideOfSubscribers(@TempDir Path directory) throws Exception {
    ChildJvm.Result result = new ChildJvm(directory).option("-Xmx24m").run(FullHeapProgram.class);
    assertEquals(
        List.of("alive true", "counted true", "some dropped true", "then SIGHUP"),
        result.out(),
        result::log);
  }
}
