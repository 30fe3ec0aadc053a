package org.sigqueue.stress;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Child;

/** The examples of docs/guide/migration.md, compiled; {@link GuideTest} runs them together. */
final class MigrationExample {
  private MigrationExample() {}

  private static void sunMiscSignal() {
    Signals.subscribe(event -> reload(), Signal.HUP);
    Signals.observe(event -> log(event), Signal.CHLD); // and then the handler that was there
    Signals.ignore(Signal.PIPE); // SIG_IGN
    Signals.reset(Signal.PIPE); // SIG_DFL, or what was there before
  }

  private static void jnrPosix() {
    Signals.subscribe(event -> reload(), Signal.HUP);
    Signals.send(ProcessHandle.current().pid(), Signal.URG);
  }

  private static void jline() {
    Signals.subscribe(event -> redraw(), Signal.WINCH);
  }

  private static void goChannel() {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR1);
      for (SignalEvent event : channel) {
        log(event);
      }
    }
  }

  private static void goContext() throws InterruptedException {
    try (SignalContext context = Signals.notifyContext(Signal.TERM)) {
      context.await();
      shutDown();
    }
  }

  private static void tokio() throws InterruptedException {
    Signals.await(Signal.INT); // a second Ctrl-C takes the JVM's own action
    shutDown();
  }

  private static void signalHook() {
    AtomicBoolean stop = Signals.flag(Signal.TERM);
    while (!stop.get()) {
      work();
    }
  }

  private static void dotNet() {
    Signals.subscribe(event -> reload(), Signal.HUP); // Cancel = true
    Signals.observe(event -> log(event), Signal.WINCH); // Cancel stays false
    Signals.process().intercept(event -> isBusy(), Signal.INT); // Cancel = IsBusy()
  }

  private static void reload() {
    System.out.println("reload");
  }

  private static void redraw() {
    System.out.println("redraw");
  }

  private static void shutDown() {
    System.out.println("shut down");
  }

  private static void log(SignalEvent event) {
    System.out.println(event.signal());
  }

  private static boolean isBusy() {
    System.out.println("busy");
    return true;
  }

  private static void work() {
    Thread.onSpinWait();
  }

  /** An example that waits. */
  private interface Waiting {
    void run() throws InterruptedException;
  }

  private static void start(Waiting example, Signal received) {
    Thread thread = new Thread(() -> run(example));
    thread.setDaemon(true);
    thread.start();
    while (!Signals.process().status(received).explanation().equals("it is received")) {
      Thread.onSpinWait();
    }
  }

  private static void run(Waiting example) {
    try {
      example.run();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public static void main(String[] args) throws IOException {
    start(MigrationExample::goChannel, Signal.USR1);
    start(MigrationExample::goContext, Signal.TERM);
    start(MigrationExample::tokio, Signal.INT);
    sunMiscSignal();
    jnrPosix();
    jline();
    dotNet();
    System.out.println("ready");
    signalHook();
    System.out.println("stopped");
    Child.awaitWord(); // the other examples go on meanwhile
  }
}
