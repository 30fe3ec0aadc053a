package org.sigqueue.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/** The signals of a terminal, from a real one. */
@Timeout(120)
class TerminalTest {
  private static final char CTRL_C = 3;
  private static final char CTRL_Z = 26;

  @Test
  void resizeIsWinch() throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "printEvents"), "WINCH")) {
      terminal.expect("ready");
      terminal.resize(30, 100);
      terminal.expect("SIGWINCH from kernel: 30 100");
      terminal.resize(40, 120);
      terminal.expect("SIGWINCH from kernel: 40 120");
    }
  }

  @Test
  void keysAreIntAndTstp() throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "printEvents"), "INT", "TSTP")) {
      terminal.expect("ready");
      terminal.press(CTRL_C);
      terminal.expect("SIGINT from kernel");
      terminal.press(CTRL_Z); // received, so it does not stop
      terminal.expect("SIGTSTP from kernel");
      terminal.press(CTRL_C);
      terminal.expect("SIGINT from kernel");
    }
  }

  static void printEvents(String[] arguments) throws Exception {
    try (SignalChannel channel = SignalChannel.queueing(64)) {
      for (String name : arguments) {
        Signals.notify(channel, Signal.of(name));
      }
      System.out.println("ready");
      for (SignalEvent event : channel) {
        String size = event.signal().equals(Signal.WINCH) ? ": " + terminalSize() : "";
        System.out.println(event + size);
      }
    }
  }

  private static String terminalSize() throws Exception {
    Process stty =
        new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT).start();
    return new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  /** What an editor does on ^Z: it tidies up in its handler, and then stops as if it had none. */
  @Test
  void stopsAndContinuesAfterOurHandlerRanAndWasStopped() throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "stopAfterTidyingUp"))) {
      terminal.expect("ready");
      for (int i = 0; i < 3; i++) {
        terminal.press(CTRL_Z);
        terminal.expect("tidied up", "stopped 20");
        terminal.foreground();
        terminal.expect("continued by SIGCONT");
      }
      terminal.press('\n');
      terminal.expect("read 'x'", "exited 0");
    }
  }

  static void stopAfterTidyingUp(String[] arguments) throws Exception {
    Thread editor = new Thread(TerminalTest::stopAndContinue, "editor");
    editor.setDaemon(true);
    editor.start();
    System.in.read();
    System.out.println("read 'x'");
  }

  private static void stopAndContinue() {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel continued = SignalChannel.queueing(64)) {
      signals.register(continued, Signal.CONT);
      for (String news = "ready"; ; news = "continued by " + continued.take().signal()) {
        try (SignalChannel channel = SignalChannel.coalescing()) {
          signals.register(channel, Signal.TSTP);
          System.out.println(news);
          channel.take();
          System.out.println("tidied up");
          signals.stop(channel);
          signals.raise(Signal.TSTP); // TSTP may not be taken again until that has stopped us
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The default action of a signal that is received: the call stops the process, returns when it
   * has been continued, and the signal is received as before.
   */
  @Test
  void performDefaultStopsUntilContinuedAndTheSignalIsStillReceived() throws Exception {
    Path continued = Tools.newFile();
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "performDefaultOnTstp"), continued)) {
      terminal.expect("ready");
      for (int i = 1; i <= 3; i++) {
        terminal.press(CTRL_Z);
        terminal.expect("tidied up", "stopped 20");
        Files.writeString(continued, String.valueOf(i));
        terminal.foreground();
        terminal.expect("returned after it was continued " + i);
      }
      terminal.press('\n');
      terminal.expect("exited 0");
    }
  }

  static void performDefaultOnTstp(String[] arguments) throws Exception {
    Signals.subscribe(event -> performDefault(Path.of(arguments[0])), Signal.TSTP);
    System.out.println("ready");
    System.in.read();
  }

  private static void performDefault(Path continued) {
    System.out.println("tidied up");
    Signals.performDefault(Signal.TSTP);
    try {
      System.out.println("returned after it was continued " + Files.readString(continued));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Go issue 22838: a read of the terminal survives a stop and a change of the foreground, while
   * handlers of ours run. The stop throws away what was typed before it.
   */
  @Test
  void testTerminalSignal() throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "readLineFromTerminal"))) {
      terminal.expect("ready");
      terminal.press('a');
      for (int i = 0; i < 3; i++) {
        terminal.press(CTRL_Z);
        terminal.expect("stopped 20");
        terminal.resize(30 + i, 100);
        terminal.foreground();
        terminal.expect("SIGCONT");
      }
      terminal.press('b');
      terminal.press('\n');
      terminal.expect("read 'b'", "exited 0");
    }
  }

  static void readLineFromTerminal(String[] arguments) throws Exception {
    Signals.subscribe(event -> System.out.println(event.signal()), Signal.CONT, Signal.WINCH);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    System.out.println("read '" + input.readLine() + "'");
  }

  /** Without us it stops, too, after Stop and in the background. */
  @Test
  void readInTheBackgroundStopsAfterStop() throws Exception {
    try (TerminalSession terminal =
        TerminalSession.of(Child.calling(getClass(), "takeAndGiveBackTstp"))) {
      terminal.expect("ready");
      terminal.press(CTRL_Z);
      terminal.expect("stopped 20");
      terminal.foreground();
      terminal.press('\n');
      terminal.expect("exited 0");
    }
  }

  static void takeAndGiveBackTstp(String[] arguments) throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.TSTP, Signal.TTIN, Signal.TTOU);
    }
    System.out.println("ready");
    System.in.read();
  }
}
