package org.sigqueue.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;

class NamesTest {
  private static final List<String> NAMES = List.of("watch", "send", "doctor", "stress");

  @Test
  void nearestNameTakesTheFewestChanges() {
    assertEquals(Optional.of("watch"), NearestName.of("wacht", NAMES));
    assertEquals(Optional.of("watch"), NearestName.of("wath", NAMES));
    assertEquals(Optional.of("doctor"), NearestName.of("DOKTOR", NAMES));
    assertEquals(Optional.empty(), NearestName.of("build", NAMES));
    assertEquals(1, NearestName.distance("TREM", "TERM"));
    assertEquals(0, NearestName.distance("", ""));
    assertEquals(4, NearestName.distance("", "TERM"));
  }

  @Test
  void wrongSignalNamesTheNearest() {
    assertTrue(refusal("SIGTREM").endsWith("did you mean TERM?"));
    assertTrue(refusal("USR").endsWith("did you mean USR1?"));
    assertTrue(refusal("RTMAX+1").contains("is no signal"));
    assertTrue(refusal("nonsense").contains("numbers (1 to 64)"));
    assertEquals(Signal.HUP, SignalNames.parse("hup"));
    assertEquals("RTMIN+3", SignalNames.of(Signal.rtMin(3)));
  }

  private static String refusal(String name) {
    return assertThrows(IllegalArgumentException.class, () -> SignalNames.parse(name)).getMessage();
  }

  @Test
  void realTimeSignalsAreShownAsRanges() {
    assertEquals(
        "HUP INT TERM RTMIN..RTMIN+2 RTMIN+4 RTMIN+5",
        SignalNames.ranges(
            IntStream.of(39, 38, 36, 35, 34, 15, 2, 1).mapToObj(Signal::of).toList()));
    assertEquals(
        "RTMIN..RTMAX",
        SignalNames.ranges(IntStream.rangeClosed(34, 64).mapToObj(Signal::of).toList()));
  }
}
