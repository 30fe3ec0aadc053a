package org.sigqueue.stress;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;

/** The example of the README, compiled; ReadmeTest runs it and compares the text. */
final class ReadmeExample {
  private ReadmeExample() {}

  public static void main(String[] args) {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.HUP, Signal.TERM);
      for (SignalEvent event : channel) {
        System.out.println(event); // SIGHUP from pid 4242 uid 1000
        if (event.signal().equals(Signal.TERM)) {
          break;
        }
        reload();
      }
    }
  }

  private static void reload() {
    System.out.println("reloaded");
  }
}
