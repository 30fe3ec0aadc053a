package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.Signals;

/** A peer that is ready, receives signals, and never counts one. */
public final class SilentPeer {
  private SilentPeer() {}

  /** Arguments: the page, the signal. */
  public static void main(String[] args) throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.of(Integer.parseInt(args[1])));
    SharedCounters.map(args[0]).ready();
    Thread.currentThread().join();
  }
}
