package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.conformance.TerminalSession;

/** {@code watch} and {@code send}, as processes with real signals between them. */
@Timeout(240)
class WatchTest {
  private static final String TIME =
      "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{6} [+-][0-9]{2}:[0-9]{2} ";

  private static final int TIME_LENGTH = "2026-11-26 11:17:30.543658 +00:00".length();
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS xxx");

  /** Name and user of a sender. */
  private static final String ANY = "( \\([a-z ]+\\))? uid [0-9]+( \\([a-z]+\\))?";

  @Test
  void printsWhatSendSends() throws Exception {
    try (Program watch = Program.start("watch", "USR1", "RTMIN+3", "--count", "2")) {
      watch.said("watches USR1 RTMIN+3");
      watch.said("end it: Ctrl-C, or TERM, or 2 signals");
      long sender = send(0, String.valueOf(watch.pid()), "USR1");
      assertIs(" SIGUSR1 from pid " + sender + ANY, watch.nextLine());
      sender = send(0, "-SIGRTMIN+3", String.valueOf(watch.pid()), "--value", "-42");
      assertIs(" SIGRTMIN\\+3 from pid " + sender + ANY + " value -42.*", watch.rest(0));
    }
  }

  @Test
  void printsJson() throws Exception {
    try (Program watch = Program.start("watch", "HUP", "RTMAX", "--json")) {
      watch.said("watches HUP RTMIN+30");
      long shell = watch.kill("HUP");
      JsonObject line = JsonParser.parseString(watch.nextLine()).getAsJsonObject();
      assertEquals("SIGHUP", line.get("signal").getAsString());
      assertEquals(1, line.get("number").getAsInt());
      assertEquals(1, line.get("count").getAsLong());
      assertEquals("USER", line.get("cause").getAsString());
      assertEquals(shell, line.get("pid").getAsLong());
      assertEquals(uid(), line.get("uid").getAsString());
      assertFalse(line.has("value"));
      send(0, String.valueOf(watch.pid()), "64", "--value=0x7");
      line = JsonParser.parseString(watch.nextLine()).getAsJsonObject();
      assertEquals(7, line.get("value").getAsLong());
      assertEquals("QUEUE", line.get("cause").getAsString());
      watch.kill("INT");
      assertEquals("", watch.rest(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void allIncludesIntAndTermWhichEndItTheSecondTime(String end) throws Exception {
    try (Program watch = Program.start("watch")) {
      watch.said("watches HUP INT USR1");
      watch.said("end it: Ctrl-C twice within a second, or TERM twice");
      watch.kill("WINCH");
      assertIs(" SIGWINCH from pid .*", watch.nextLine());
      Instant last = Instant.MIN;
      for (; ; ) {
        long shell = watch.kill(end);
        String line = watch.nextLine();
        assertIs(" SIG" + end + " from pid " + shell + ANY, line);
        Instant time = OffsetDateTime.parse(line.substring(0, TIME_LENGTH), FORMAT).toInstant();
        if (time.minusMillis(900).isBefore(last)) {
          break; // a machine that stalls may need more than two
        }
        last = time;
      }
      assertEquals("", watch.rest(0));
    }
  }

  @Test
  void namedSignalsLeaveIntToEndItAtOnce() throws Exception {
    try (Program watch = Program.start("watch", "USR1")) {
      watch.said("watches USR1");
      watch.kill("INT");
      assertEquals("", watch.rest(0));
    }
  }

  @Test
  void namedIntIsPrinted() throws Exception {
    try (Program watch = Program.start("watch", "INT", "--count", "1")) {
      watch.said("watches INT");
      long shell = watch.kill("INT");
      assertIs(" SIGINT from pid " + shell + ANY, watch.rest(0));
    }
  }

  @Test
  void endsAfterATime() throws Exception {
    try (Program watch = Program.start("watch", "USR1", "--for", "300ms")) {
      assertEquals("", watch.rest(0));
      assertTrue(watch.errors().contains("or 300ms"), watch::errors);
    }
  }

  @Test
  void senderThatStillRunsHasAName() throws Exception {
    try (Program watch = Program.start("watch", "USR1", "--count", "1")) {
      watch.said("watches USR1");
      Process sleeper =
          new ProcessBuilder("perl", "-e", "kill 'USR1', $ARGV[0]; sleep 100", "" + watch.pid())
              .start();
      try {
        assertIs(" SIGUSR1 from pid " + sleeper.pid() + " .*\\(perl\\).*", watch.rest(0));
      } finally {
        sleeper.destroyForcibly();
      }
    }
  }

  @Test
  void withoutTheNativeLibraryItDoesNotKnowTheSender() throws Exception {
    try (Program watch =
        Program.start(
            List.of(Program.NATIVE, "-Dos.arch=pdp11"), "watch", "USR1", "--count", "1")) {
      watch.said("watches USR1");
      watch.said("cannot load the native library");
      watch.kill("USR1");
      assertIs(" SIGUSR1", watch.rest(0));
    }
  }

  @Test
  void logOfTheLibraryBreaksAtBlanksOnATerminal() throws Exception {
    List<String> watch = Program.java(List.of(Program.NATIVE), "watch", "RTMIN+3");
    try (TerminalSession terminal = TerminalSession.ledBy(watch.toArray(new String[0]))) {
      terminal.expect("end it: Ctrl-C", "    SignalNotifier.Builder.exclusive keeps it");
    }
  }

  @Test
  void needsASource() throws Exception {
    try (Program watch =
        Program.start(List.of(Program.NATIVE, "-Xrs", "-Dos.arch=pdp11"), "watch")) {
      assertEquals("", watch.rest(Main.NO_SOURCE));
      assertTrue(watch.errors().contains("no source of signals works here"), watch::errors);
    }
  }

  private static void assertIs(String event, String line) {
    assertTrue(line.matches(TIME + event.strip()), line);
  }

  private static long send(int status, String... arguments) throws Exception {
    String[] all = new String[arguments.length + 1];
    all[0] = "send";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    try (Program send = Program.start(all)) {
      assertEquals("", send.rest(status));
      assertEquals("", send.errors());
      return send.pid();
    }
  }

  private static String uid() throws Exception {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
  }
}
