package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.cli.console.Console;

/** Wrong arguments: one line with the fault and the nearest right name. */
class RefusalsTest {
  @ParameterizedTest
  @CsvSource({
    "2, watch NOSUCH, is no signal",
    "2, watch TREM, did you mean TERM?",
    "2, watch KILL, SIGKILL cannot be received",
    "2, watch --count 0, '--count: ''0'' is no count; allowed are 1 to 2147483647'",
    "2, watch --for soon, 'as in 500ms, 2s, 1m'",
    "2, send 4242, which signal should process 4242 get?",
    "2, send TERM, which process should get SIGTERM?",
    "2, send 4242 NOSUCH, is no signal",
    "2, send 4242 SIGHUB, did you mean HUP?",
    "2, send 4242 HUP --value x, 'as in 42, -1, 0xff'",
    "2, send HUP -1, more processes",
    "2, send 4242 HUP --valeu=1, did you mean --value?",
    "2, doctor now, unexpected argument: now",
    "2, docter, did you mean doctor?",
    "2, doctor --jsno, did you mean --json?",
    "2, stress --workers x, '--workers: ''x'' is no number of workers; allowed are 1 to 256'",
    "1, send 2147483647 RTMIN+3, cannot send RTMIN+3 to process 2147483647: there is no such process",
  })
  void refusalIsOneLineThatSaysWhy(int status, String arguments, String why) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    assertEquals(
        status,
        Main.execute(
            Sources::best,
            Console.of(new PrintWriter(out, true), new PrintWriter(err, true)),
            arguments.split(" ")));
    assertEquals("", out.toString());
    assertEquals(1, err.toString().lines().count(), err::toString);
    assertTrue(err.toString().contains(why), err::toString);
  }
}
