package org.sigqueue.bench.peer;

import java.util.concurrent.CountDownLatch;

/** {@code jdk}: the first use of {@code sun.misc.Signal} in a fresh JVM. */
public final class JdkStartPeer {
  private JdkStartPeer() {}

  /** Argument: how long to be idle, in milliseconds. */
  public static void main(String[] args) throws Exception {
    FirstUse use = new FirstUse();
    CountDownLatch received = new CountDownLatch(1);
    JdkSignals.handle("USR1", received::countDown);
    use.installed();
    JdkSignals.raise("USR1");
    received.await();
    use.received();
    use.idle("Signal Dispatch", Integer.parseInt(args[0]));
  }
}
