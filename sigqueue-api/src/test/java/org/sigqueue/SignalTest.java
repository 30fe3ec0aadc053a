package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {
  @Test
  void nameIsAcceptedWithAndWithoutPrefixAndInAnyCase() {
    for (String name : new String[] {"HUP", "SIGHUP", "hup", "sighup", " Hup ", "1"}) {
      assertSame(Signal.HUP, Signal.of(name));
    }
  }

  @Test
  void everyNumberHasANameThatLeadsBack() {
    for (int number = 1; number <= 64; number++) {
      Signal signal = Signal.of(number);
      assertEquals(number, signal.number());
      assertSame(signal, Signal.of(signal.name()));
      assertSame(signal, Signal.of(signal.toString()));
      assertFalse(signal.description().isEmpty());
    }
  }

  @Test
  void shortNameIsWhatKillTakesAndDescriptionIsForPeople() {
    assertEquals("HUP", Signal.HUP.shortName());
    assertEquals("RTMIN", Signal.rtMin(0).shortName());
    assertEquals("RTMIN+3", Signal.rtMin(3).shortName());
    assertEquals("SIGRTMIN+3", Signal.rtMin(3).toString());
    assertEquals("32", Signal.of(32).shortName());
    assertEquals("hangup", Signal.HUP.description());
  }

  @Test
  void signalsAreConstantsForSwitchSetsAndSerialization() throws Exception {
    String chosen =
        switch (Signal.of("RTMIN+3")) {
          case HUP -> "reload";
          case RTMIN_3 -> "the third";
          default -> "none";
        };
    assertEquals("the third", chosen);
    assertEquals(
        List.of(Signal.HUP, Signal.TERM, Signal.RTMIN_3),
        List.copyOf(EnumSet.of(Signal.RTMIN_3, Signal.HUP, Signal.TERM)),
        "by number");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(Signal.RTMIN_3);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertSame(Signal.RTMIN_3, in.readObject());
    }
  }

  @Test
  void aliasesAreTheSameSignal() {
    assertSame(Signal.CHLD, Signal.of("CLD"));
    assertSame(Signal.IO, Signal.of("POLL"));
    assertSame(Signal.ABRT, Signal.of("SIGIOT"));
  }

  @Test
  void realTimeSignalsCountFromBothEnds() {
    assertEquals(34, Signal.rtMin(0).number());
    assertEquals(64, Signal.rtMin(30).number());
    assertSame(Signal.rtMin(3), Signal.of("RTMIN+3"));
    assertSame(Signal.rtMin(0), Signal.of("RTMIN"));
    assertSame(Signal.rtMin(30), Signal.of("SIGRTMAX"));
    assertSame(Signal.rtMin(29), Signal.of("RTMAX-1"));
    assertTrue(Signal.rtMin(0).isRealTime());
    assertFalse(Signal.SYS.isRealTime());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SIG",
        "NOSUCH",
        "0",
        "65",
        "-1",
        "RTMIN+31",
        "RTMAX-31",
        "RTMIN+",
        "SIGSIGHUP",
        "SIG10",
        "sig1",
        "SIG032",
        "1x"
      })
  void unknownNameIsRefusedWithWhatIsAllowed(String name) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> Signal.of(name));
    assertTrue(thrown.getMessage().contains("RTMIN+0 to RTMIN+30"), thrown.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE})
  void numberThatIsNoSignalIsRefused(int number) {
    assertThrows(IllegalArgumentException.class, () -> Signal.of(number));
  }

  @Test
  void realTimeOffsetOutOfRangeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Signal.rtMin(-1));
    assertThrows(IllegalArgumentException.class, () -> Signal.rtMin(31));
  }
}
