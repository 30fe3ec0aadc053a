package org.sigqueue.conformance;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;

/** However a program ends during a password prompt, the terminal echoes again. */
@Timeout(300)
class PasswordPromptTest {
  private static final char CTRL_C = 3;

  private static TerminalSession prompt(String end) throws Exception {
    TerminalSession terminal =
        TerminalSession.of(Child.calling(PasswordPromptTest.class, "ask"), end);
    terminal.expect("ready");
    while (true) { // the prompt has no end of line to wait for
      terminal.askForModes();
      if (terminal.expectOne("modes ").equals("modes quiet lines")) {
        return terminal;
      }
      Thread.sleep(20);
    }
  }

  static void ask(String[] end) {
    switch (end[0]) {
      case "steps" -> GracefulShutdown.on(Signal.INT).install();
      case "steps, death" ->
          GracefulShutdown.on(Signal.INT).exitStatus(ExitStatus.deathBySignal()).install();
      case "halt" -> hanging().install();
      case "halt, death" -> hanging().exitStatus(ExitStatus.deathBySignal()).install();
      case "die" -> Signals.subscribe(event -> Signals.process().die(Signal.INT), Signal.INT);
      case "halt by the program" ->
          Signals.subscribe(event -> Runtime.getRuntime().halt(3), Signal.INT);
      default -> throw new IllegalArgumentException(end[0]);
    }
    System.out.println("ready");
    System.console().readPassword("password: ");
  }

  private static GracefulShutdown.Builder hanging() {
    return GracefulShutdown.on(Signal.INT)
        .graceTime(Duration.ZERO)
        .step(
            "hangs",
            () -> {
              System.out.println("hangs");
              new CountDownLatch(1).await();
            });
  }

  private static void endsBy(String how, String modes, String end) throws Exception {
    try (TerminalSession terminal = prompt(how)) {
      terminal.press(CTRL_C);
      if (how.startsWith("halt") && !how.endsWith("program")) {
        terminal.expect("hangs");
        terminal.press(CTRL_C);
      }
      terminal.expect(modes, end);
    }
  }

  @Test
  void afterAnExit() throws Exception {
    endsBy("steps", "modes echo lines", "exited 130");
  }

  @Test
  void afterADeathBySignal() throws Exception {
    endsBy("steps, death", "modes echo lines", "signaled 2");
  }

  @Test
  void afterAHaltByASecondInterrupt() throws Exception {
    endsBy("halt", "modes echo lines", "exited 124");
  }

  @Test
  void afterADeathByASecondInterrupt() throws Exception {
    endsBy("halt, death", "modes echo lines", "signaled 2");
  }

  @Test
  void afterADeathThatTheProgramAsksFor() throws Exception {
    endsBy("die", "modes echo lines", "signaled 2");
  }

  /** The control: a halt that knows nothing of the terminal leaves it as it is. */
  @Test
  void notAfterAHaltByTheProgram() throws Exception {
    endsBy("halt by the program", "modes quiet lines", "exited 3");
  }
}
