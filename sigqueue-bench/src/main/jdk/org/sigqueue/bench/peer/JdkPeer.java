package org.sigqueue.bench.peer;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * {@code jdk}: {@code sun.misc.Signal}, which programs use that have no library. The JDK calls the
 * handler in a new thread for each signal.
 *
 * <p>It is apart from the other sources because javac warns of {@code sun.misc.Signal} unless its
 * target is given in the old way. Calls by reflection would cost a fresh JVM several times what the
 * class itself does.
 */
public final class JdkPeer {
  private static final String USR1 = "USR1";

  private JdkPeer() {}

  /**
   * Arguments: receive, stress, start, or start-class, in which the handler is a class; then as for
   * the peers of sigqueue.
   */
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "receive" -> receive(args[1]);
      case "stress" -> stress(args[1], args[2]);
      case "start" -> start(true, args[1], Integer.parseInt(args[2]));
      case "start-class" -> start(false, args[1], Integer.parseInt(args[2]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void receive(String page) throws Exception {
    SharedCounters counters = SharedCounters.map(page);
    handle(() -> counters.receive(1));
    counters.ready();
    Thread.currentThread().join();
  }

  private static void stress(String workers, String millis) throws Exception {
    AtomicLong delivered = new AtomicLong();
    handle(delivered::incrementAndGet);
    new SelfStorm(workers, millis).run(delivered::get, delivered::get);
  }

  /** With a lambda as programs do, or without: the first lambda of a JVM costs some milliseconds. */
  private static void start(boolean lambda, String end, int idleMillis) throws Exception {
    StartPeer.Probe probe = new StartPeer.Probe();
    CountDownLatch received = new CountDownLatch(1);
    if (lambda) {
      Signal.handle(new Signal(USR1), signal -> received.countDown());
    } else {
      Signal.handle(
          new Signal(USR1),
          new SignalHandler() {
            @Override
            public void handle(Signal signal) {
              received.countDown();
            }
          });
    }
    probe.installed();
    Signal.raise(new Signal(USR1));
    received.await();
    probe.received();
    probe.idle("Signal Dispatch", idleMillis);
    probe.end(end);
  }

  /** Runs an action for each SIGUSR1. */
  static void handle(Runnable action) {
    Signal.handle(new Signal(USR1), signal -> action.run());
  }
}
