package org.sigqueue.guide;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.Signals;

/** The program of docs/guide/observing.md. */
public final class Counts {
  private static final Signal SIGNAL = Signal.rtMin(3);

  private Counts() {}

  public static void main(String[] args) {
    try (SignalChannel each = SignalChannel.queueing(4);
        SignalChannel last = SignalChannel.coalescing()) {
      Signals.notify(each, SIGNAL);
      Signals.notify(last, SIGNAL);
      for (int i = 0; i < 10; i++) {
        Signals.raise(SIGNAL);
      }
      while (each.stats().accepted() < 10 || last.stats().accepted() < 10) {
        Thread.onSpinWait();
      }
      System.out.println(Signals.process().stats());
      System.out.println("each " + each.stats(SIGNAL));
      System.out.println("last " + last.stats(SIGNAL));
    }
  }
}
