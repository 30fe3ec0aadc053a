package org.sigqueue.guide;

import org.sigqueue.Signal;
import org.sigqueue.SignalSending;
import org.sigqueue.Signals;

/** The second program of docs/guide/real-time.md. */
public final class SendOrders {
  private SendOrders() {}

  public static void main(String[] args) {
    ProcessHandle receiver = ProcessHandle.of(Long.parseLong(args[0])).orElseThrow();
    SignalSending sending = Signals.process().sending();
    for (int value = 100; value >= 0; value--) {
      sending.send(receiver, Signal.rtMin(3), value);
    }
  }
}
