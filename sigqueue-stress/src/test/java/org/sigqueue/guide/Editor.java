package org.sigqueue.guide;

import java.io.IOException;
import org.sigqueue.Signal;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalContext.SecondSignal;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;

/** The program of docs/guide/terminal.md. */
public final class Editor {
  private Editor() {}

  public static void main(String[] args) throws Exception {
    Signals.subscribe(event -> draw("resized"), Signal.WINCH);
    Signals.subscribe(Editor::suspend, Signal.TSTP);
    try (SignalContext running =
        Signals.process().context(Signal.INT).secondSignal(SecondSignal.RESTORE).start()) {
      draw("started");
      running.await();
      save(); // a second Ctrl-C ends it even if this hangs
    }
  }

  private static void suspend(SignalEvent event) {
    System.out.println("terminal is as it was"); // echo on, cursor shown, main screen
    Signals.performDefault(Signal.TSTP); // stops here, and goes on here after fg
    draw("continued");
  }

  private static void draw(String why) {
    System.out.println(why + ", size " + terminalSize());
  }

  private static void save() throws IOException {
    System.out.println("saving");
    System.in.read(); // stands for something slow
  }

  private static String terminalSize() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT).start();
      return stty.inputReader().readLine();
    } catch (IOException e) {
      return "unknown: " + e.getMessage();
    }
  }
}
