package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;

class SendArgumentsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "4242 TERM",
        "TERM 4242",
        "-TERM 4242",
        "-SIGTERM 4242",
        "-15 4242",
        "15 4242",
        "4242 15",
        "-s TERM 4242",
        "--signal=term 4242",
        "4242 --signal TERM",
        "TERM -- 4242",
      })
  void signalAndProcessInAnyOrder(String words) {
    assertEquals(new SendArguments(Signal.TERM, List.of(4242L), null), parse(words));
  }

  @Test
  void processGroupsAreNegative() {
    assertEquals(new SendArguments(Signal.HUP, List.of(-4242L), null), parse("HUP -4242"));
    assertEquals(new SendArguments(Signal.HUP, List.of(-4242L), null), parse("-HUP -4242"));
    assertEquals(new SendArguments(Signal.HUP, List.of(-4242L), null), parse("-1 -4242"));
    assertEquals(new SendArguments(Signal.HUP, List.of(-4242L), null), parse("-4242 HUP"));
    assertEquals(new SendArguments(Signal.HUP, List.of(-12L), null), parse("HUP -- -12"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 4242", "-0 4242", "4242 0", "-s 0 4242"})
  void signalZeroAsksOnly(String words) {
    assertEquals(new SendArguments(null, List.of(4242L), null), parse(words));
  }

  @Test
  void severalProcesses() {
    assertEquals(
        new SendArguments(Signal.HUP, List.of(10L, 11L, 12L), null), parse("-HUP 10 11 12"));
  }

  @Test
  void valuesHave64Bits() {
    assertEquals(16, parse("4242 RTMIN+3 --value 0x10").value());
    assertEquals(-7, parse("4242 RTMIN+3 --value=-7").value());
    assertEquals(-7, parse("4242 RTMIN+3 -q -7").value());
    assertEquals(-1, parse("4242 RTMIN+3 --value 0xffffffffffffffff").value());
    assertEquals(-1, parse("4242 RTMIN+3 --value 18446744073709551615").value());
    assertEquals(Signal.rtMin(3), parse("4242 RTMIN+3 --value 0x10").signal());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "4242",
        "TERM",
        "9 15",
        "4242 4243",
        "TERM HUP",
        "-TERM HUP 4242",
        "-TERM -HUP 4242",
        "TERM -1",
        "TERM 0",
        "TERM -4242 --value 1",
        "TERM 99999999999",
        "TERM 99999999999999999999",
        "4242 TERM --value",
        "4242 TERM --value 0xfffffffffffffffff",
        "4242 TERM --value 1.5",
        "4242 TERM --nosuch=1",
        "-0 TERM 4242",
        "-0",
        "0 -4242",
        "0 4242 --value 1",
      })
  void refuses(String words) {
    assertThrows(IllegalArgumentException.class, () -> parse(words));
  }

  private static SendArguments parse(String words) {
    return SendArguments.parse(words.isEmpty() ? List.of() : List.of(words.split(" ")));
  }
}
