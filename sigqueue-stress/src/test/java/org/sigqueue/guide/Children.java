package org.sigqueue.guide;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;

/** The program of docs/guide/children.md. */
public final class Children {
  private Children() {}

  public static void main(String[] args) throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.CHLD);
      Process child = new ProcessBuilder("sh", "-c", "kill -STOP $$; read x; exit 7").start();
      tell(channel.take()); // pid 4242 stopped by SIGSTOP
      Signals.send(child.pid(), Signal.CONT);
      tell(channel.take()); // pid 4242 continued
      child.outputWriter().append("go on\n").flush();
      tell(channel.take()); // pid 4242 exited with 7
      System.out.println("status " + child.waitFor());
    }
  }

  private static void tell(SignalEvent event) {
    event.child().ifPresent(System.out::println);
  }
}
