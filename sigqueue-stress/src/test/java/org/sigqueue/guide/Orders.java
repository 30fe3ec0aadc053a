package org.sigqueue.guide;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;

/** The program of docs/guide/real-time.md. */
public final class Orders {
  private static final Signal ORDER = Signal.rtMin(3);

  private Orders() {}

  public static void main(String[] args) throws InterruptedException {
    try (SignalNotifier signals = SignalNotifier.builder().exclusive(ORDER).build();
        SignalChannel orders = SignalChannel.queueing(1024)) {
      signals.register(orders, ORDER);
      System.out.println("ready");
      for (SignalEvent event : orders) {
        int order = event.intValue().orElse(0); // a C program sends an int
        if (order == 0) {
          break;
        }
        System.out.println("order " + order + " from " + event.sender().orElseThrow());
      }
      System.out.println(orders.stats());
    }
  }
}
