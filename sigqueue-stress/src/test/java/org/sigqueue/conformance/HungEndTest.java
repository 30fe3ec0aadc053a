package org.sigqueue.conformance;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalContext.SecondSignal;
import org.sigqueue.Signals;

/** A command line tool that hangs after the first Ctrl-C; the second kills it. */
@Timeout(300)
class HungEndTest {
  private static final char CTRL_C = 3;

  static void run(String[] what) throws Exception {
    if (what[0].startsWith("hook")) {
      Runtime.getRuntime().addShutdownHook(new Thread(HungEndTest::hang, "pool-closer"));
    }
    SignalContext.Builder builder = Signals.process().context(Signal.INT);
    if (what[0].endsWith("handler")) {
      builder.secondSignal(event -> Runtime.getRuntime().halt(3));
    } else {
      builder.secondSignal(SecondSignal.RESTORE);
    }
    SignalContext context = builder.start(); // open to the end
    System.out.println("ready");
    context.await();
    if (what[0].startsWith("main")) {
      hang();
    }
    System.exit(0);
  }

  private static void hang() {
    System.out.println("hanging");
    try {
      Thread.sleep(Duration.ofMinutes(5).toMillis());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void secondInterruptEnds(String what, String end) throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(HungEndTest.class, "run"), what)) {
      terminal.expect("ready");
      terminal.press(CTRL_C);
      terminal.expect("hanging");
      terminal.press(CTRL_C);
      terminal.expect(end);
    }
  }

  @Test
  void mainHangs() throws Exception {
    secondInterruptEnds("main", "exited 130"); // the JVM's own handler exits
  }

  @Test
  void hookHangs() throws Exception {
    secondInterruptEnds("hook", "signaled 2"); // the JVM's own would wait for the hook
  }

  @Test
  void hookHangsAndAHandlerHalts() throws Exception {
    secondInterruptEnds("hook, handler", "exited 3");
  }
}
