package org.sigqueue.bench.peer;

import org.sigqueue.Signal;

/** {@code jdk}: {@code sun.misc.Signal}, which the JDK calls in a new thread for each signal. */
public final class JdkPeer {
  private JdkPeer() {}

  /** Arguments: the page, the signal. */
  public static void main(String[] args) throws Exception {
    Page page = Page.map(args[0]);
    String name = Signal.of(Integer.parseInt(args[1])).name();
    JdkSignals.handle(name, () -> page.receive(1));
    page.ready();
    Thread.currentThread().join();
  }
}
