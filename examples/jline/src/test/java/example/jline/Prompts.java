package example.jline;

import java.util.concurrent.CountDownLatch;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/** A program that reads lines, and receives the signals of the terminal itself as well. */
final class Prompts {
  private static final Signal[] SIGNALS = {Signal.INT, Signal.WINCH, Signal.CONT};

  private static final CountDownLatch TOLD = new CountDownLatch(1); // that INT was displaced

  private Prompts() {}

  /** A reader that tells of the signals it is given. */
  private static final class Reader extends LineReaderImpl {
    Reader(Terminal terminal) throws Exception {
      super(terminal);
    }

    @Override
    protected void handleSignal(Terminal.Signal signal) {
      System.out.println("reader " + signal);
      super.handleSignal(signal);
    }

    void read(String prompt) {
      try {
        System.out.println("read " + readLine(prompt));
      } catch (UserInterruptException e) {
        System.out.println("reader INT");
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println("pid " + ProcessHandle.current().pid() + ".");
    SignalNotifier signals =
        Signals.configure(
            SignalNotifier.builder().takeOverIgnored().onDisplaced(Prompts::onDisplaced));
    if (arguments[0].equals("shared")) {
      shared(signals);
    } else {
      alone(signals);
    }
    System.out.println("end");
  }

  private static void onDisplaced(Signal signal) {
    System.out.println("displaced " + signal);
    if (signal == Signal.INT) {
      TOLD.countDown();
    }
  }

  /** All three reach both, and between two reads the program alone. */
  private static void shared(SignalNotifier signals) throws Exception {
    CountDownLatch first = subscribe(signals);
    try (Terminal terminal = SharedTerminal.build(TerminalBuilder.builder(), signals)) {
      Reader reader = new Reader(terminal);
      reader.read("first> ");
      first.await();
      CountDownLatch between = subscribe(signals);
      System.out.println("status " + signals.status(Signal.INT).kind() + ".");
      between.await();
      reader.read("second> ");
    }
  }

  /** JLine by itself takes the signals; registering takes them back. */
  private static void alone(SignalNotifier signals) throws Exception {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      CountDownLatch first = subscribe(signals);
      new Reader(terminal).read("first> ");
      System.out.println("interrupts " + (1 - first.getCount()) + ".");
      System.out.println("status " + signals.status(Signal.INT).kind() + ".");
      CountDownLatch second = subscribe(signals);
      System.out.println("status " + signals.status(Signal.INT).kind() + ".");
      second.await();
      TOLD.await();
      first.await(); // the earlier registration receives again, too
    }
  }

  /** Prints each, and counts the first INT. */
  private static CountDownLatch subscribe(SignalNotifier signals) {
    CountDownLatch interrupted = new CountDownLatch(1);
    Registration unused =
        signals.subscribe(
            event -> {
              System.out.println("program " + event.signal());
              if (event.signal() == Signal.INT) {
                interrupted.countDown();
              }
            },
            SIGNALS);
    return interrupted;
  }
}
