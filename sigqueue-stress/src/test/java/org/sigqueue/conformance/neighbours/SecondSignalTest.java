package org.sigqueue.conformance.neighbours;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.Signal;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalContext.SecondSignal;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.TerminalSession;

/** A second Ctrl-C kills a program that hangs while it shuts down, wherever it hangs. */
@Timeout(120)
class SecondSignalTest {
  private static final char CTRL_C = 3;

  @ParameterizedTest
  @CsvSource({
    "main, restore, exited 130", // by the JVM's own handler
    "hook, restore, signaled 2", // which would wait for the hook
    "hook, halt, exited 130",
    "main, halt, exited 130"
  })
  void secondCtrlCEndsAProgramThatHangs(String where, String how, String end) throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "hang"), where, how)) {
      terminal.expect("ready");
      terminal.press(CTRL_C);
      terminal.expect("hangs");
      terminal.press(CTRL_C);
      terminal.expect(end);
    }
  }

  static void hang(String[] arguments) throws Exception {
    SignalContext.Builder builder = Signals.process().context(Signal.INT);
    if (arguments[1].equals("restore")) {
      builder.secondSignal(SecondSignal.RESTORE);
    } else {
      builder.secondSignal(event -> Runtime.getRuntime().halt(130));
    }
    SignalContext context = builder.start(); // open to the end
    if (arguments[0].equals("hook")) {
      Runtime.getRuntime().addShutdownHook(new Thread(SecondSignalTest::sleep));
    }
    System.out.println("ready");
    context.await();
    if (arguments[0].equals("main")) {
      sleep();
    }
    System.exit(0);
  }

  private static void sleep() {
    System.out.println("hangs");
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
