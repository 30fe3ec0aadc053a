package org.sigqueue.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the library brings with it into a fresh JVM. */
class StartTest {
  @Test
  void theFirstSignalDoesNotWaitForFlightRecorder() {
    List<String> loaded =
        start("-Xlog:class+load:stdout").stream()
            .filter(line -> line.contains("org.sigqueue.Recorder"))
            .map(line -> line.replaceAll(".*(org\\.sigqueue\\.Recorder\\S*).*", "$1"))
            .toList();
    assertEquals(List.of("org.sigqueue.Recorder"), loaded); // and not its event classes
  }

  @Test
  void signalsArriveWhereThereIsNoFlightRecorder() {
    List<String> said = start("--limit-modules=java.base,java.logging,jdk.unsupported");
    assertTrue(said.stream().anyMatch(line -> line.startsWith("first_signal_ns")), said::toString);
  }

  private static List<String> start(String option) {
    List<String> command = new ArrayList<>(Java.command("org.sigqueue.bench.peer.StartPeer", "1"));
    command.add(1, option);
    return Programs.lines(command, null, Duration.ofMinutes(1));
  }
}
