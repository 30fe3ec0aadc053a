package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.cli.console.Console;

/** {@code send} to processes that the test starts. */
@Timeout(120)
class SendTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int send(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "send";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Main.execute(
        Sources::best, Console.of(new PrintWriter(out, true), new PrintWriter(err, true)), all);
  }

  @Test
  void aNegativeNumberIsAProcessGroup() throws Exception {
    Process leader =
        new ProcessBuilder("setsid", "perl", "-e", "$| = 1; fork; print qq($$\\n); sleep 300")
            .start();
    try (BufferedReader pids = leader.inputReader()) {
      long first = Long.parseLong(pids.readLine());
      long second = Long.parseLong(pids.readLine());
      long member = first == leader.pid() ? second : first;
      ProcessHandle other = ProcessHandle.of(member).orElseThrow();
      assertEquals(0, send("-TERM", "-" + leader.pid()), err::toString);
      assertTrue(leader.waitFor(60, TimeUnit.SECONDS));
      assertEquals(128 + 15, leader.exitValue());
      other.onExit().get(60, TimeUnit.SECONDS);
      assertEquals("", out + "" + err);
    } finally {
      leader.destroyForcibly();
    }
  }

  @Test
  void zeroTellsWhetherAProcessIsThere() {
    long pid = ProcessHandle.current().pid();
    assertEquals(0, send("0", String.valueOf(pid)));
    assertEquals("process " + pid + " is there" + System.lineSeparator(), out.toString());
    assertEquals(1, send("0", String.valueOf(Integer.MAX_VALUE)));
    assertTrue(err.toString().contains("2147483647: there is no such process"), err::toString);
  }

  @Test
  void sendsToEachProcessAndTellsOfThoseThatAreMissing() throws Exception {
    Process sleeper = new ProcessBuilder("sleep", "300").start();
    try {
      assertEquals(1, send("TERM", "2147483647", String.valueOf(sleeper.pid())));
      assertTrue(sleeper.waitFor(60, TimeUnit.SECONDS));
      assertEquals(1, err.toString().lines().count(), err::toString);
    } finally {
      sleeper.destroyForcibly();
    }
  }
}
