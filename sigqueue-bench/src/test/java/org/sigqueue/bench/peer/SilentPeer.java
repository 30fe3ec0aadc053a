package org.sigqueue.bench.peer;

/** A peer that is ready, is sent signals, and never counts one. */
public final class SilentPeer {
  private SilentPeer() {}

  /** Arguments: the page, the signal. */
  public static void main(String[] args) throws Exception {
    JdkSignals.handle("USR1", () -> {});
    Page.map(args[0]).ready();
    Thread.currentThread().join();
  }
}
