package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;

/**
 * A person stops a service once, and the tools between the two deliver that as several signals: the
 * service drains.
 */
@Timeout(300)
class OneStopTest {
  private static final int TIMES = 2;

  /** In milliseconds: long enough for a busy machine. "default" is what a user has. */
  private static final String GRACE = System.getProperty("sigqueue.test.grace", "60000");

  private static final char CTRL_C = 3;

  private static Child.Options server() {
    return Child.calling(OneStopTest.class, "serve");
  }

  /**
   * A service with one step of 700 ms, or longer where a second signal is to cut it off. Its
   * arguments: the grace time in ms, the signals.
   */
  static void serve(String[] arguments) throws Exception {
    GracefulShutdown.Builder shutdown =
        GracefulShutdown.on(Arrays.stream(arguments).skip(1).map(Signal::of).toArray(Signal[]::new))
            .step(
                "drain",
                () -> {
                  System.out.println("draining");
                  Thread.sleep(arguments[0].equals("0") ? 60_000 : 700);
                  System.out.println("DRAINED");
                })
            .within(Duration.ofMinutes(4))
            .exitStatus(ExitStatus.of(0));
    if (!arguments[0].equals("default")) {
      shutdown.graceTime(Duration.ofMillis(Long.parseLong(arguments[0])));
    }
    shutdown.install();
    System.out.println("ready " + ProcessHandle.current().pid());
    Thread.sleep(Duration.ofMinutes(5).toMillis());
  }

  /**
   * A JVM that ends its child when it ends, as plugins of build tools do. Its argument: a command.
   */
  static void launch(String[] command) throws Exception {
    Process child = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              child.destroy();
              try {
                child.waitFor();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }));
    child.waitFor();
  }

  @RepeatedTest(TIMES)
  void timeoutSignalsTheChildAndThenItsGroup() throws Exception {
    try (Child child = server().under("timeout", "300").start(GRACE, "TERM")) {
      child.expectStart("ready");
      ProcessHandle timeout = ProcessHandle.of(child.pid()).orElseThrow().parent().orElseThrow();
      Tools.help("kill", timeout.pid(), Signal.TERM.number());
      child.expect("draining");
      child.expect("DRAINED");
      assertEquals("exited 0", child.end());
    }
  }

  @RepeatedTest(TIMES)
  void wrapperForwardsTheInterruptThatTheTerminalHasSentAlready() throws Exception {
    Child.Options options = server().under(Tools.helper(), "forward");
    try (TerminalSession terminal = TerminalSession.of(options, GRACE, "INT", "TERM")) {
      terminal.expect("ready");
      terminal.press(CTRL_C);
      terminal.expect("DRAINED", "exited 0");
    }
  }

  @RepeatedTest(TIMES)
  void parentJvmAnswersTheInterruptOfTheTerminalWithTerm() throws Exception {
    List<String> command = server().command(GRACE, "INT", "TERM");
    Child.Options launcher = Child.calling(OneStopTest.class, "launch");
    try (TerminalSession terminal = TerminalSession.of(launcher, command.toArray())) {
      terminal.expect("ready");
      terminal.press(CTRL_C);
      terminal.expect("DRAINED", "exited 130");
    }
  }

  @RepeatedTest(TIMES)
  void closedTerminalSendsHupAndSoDoesItsShell() throws Exception {
    Path out = Tools.newFile();
    String command = quoted(server().command(GRACE, "HUP", "TERM")) + " >" + out + " 2>&1; :";
    try (TerminalSession terminal = TerminalSession.ledBy("bash", "--norc", "-i", "-c", command)) {
      Await.until("it is ready", () -> read(out).contains("ready "));
      String pid = read(out).replaceAll("(?s).*ready (\\d+).*", "$1");
      ProcessHandle server = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
      try {
        terminal.hangUp();
        Await.until("it ends", () -> !server.isAlive());
        assertEquals(true, read(out).contains("DRAINED"), read(out));
      } finally {
        server.destroyForcibly();
      }
    }
  }

  @RepeatedTest(TIMES)
  void hookBeforeTheStopSendsTermAndTheSupervisorSendsItAgain() throws Exception {
    assertEquals("exited 0", twice(GRACE));
  }

  /** The control: without the grace time, the assertions above do not hold. */
  @Test
  void withoutAGraceTimeTheSecondTermCutsItOff() throws Exception {
    assertEquals("exited " + ExitStatus.HALTED, twice("0"));
  }

  private static String twice(String grace) throws Exception {
    try (Child child = server().start(grace, "TERM")) {
      child.expectStart("ready");
      Tools.help("kill", child.pid(), Signal.TERM.number());
      child.expect("draining");
      Tools.help("kill", child.pid(), Signal.TERM.number());
      return child.end();
    }
  }

  @Test
  void oneTermDrains() throws Exception {
    try (Child child = server().start(GRACE, "TERM")) {
      child.expectStart("ready");
      Tools.help("kill", child.pid(), Signal.TERM.number());
      assertEquals("exited 0", child.end());
      assertFalse(child.errors().contains("same request"), child::errors);
    }
  }

  private static String quoted(List<String> command) {
    return String.join(" ", command.stream().map(word -> "'" + word + "'").toList());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
