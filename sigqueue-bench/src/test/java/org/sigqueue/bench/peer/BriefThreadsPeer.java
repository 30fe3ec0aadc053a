package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;

/** A peer that handles each signal in a thread of its own, which sleeps ten times and ends. */
public final class BriefThreadsPeer {
  private static final int SLEEPS = 10;

  private BriefThreadsPeer() {}

  /** Arguments: the page, the signal. */
  public static void main(String[] args) throws Exception {
    SharedCounters counters = SharedCounters.map(args[0]);
    SignalNotifier.builder()
        .build()
        .subscribe(
            event -> {
              try {
                for (int i = 0; i < SLEEPS; i++) {
                  Thread.sleep(1);
                }
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              counters.receive(event.count());
            },
            run -> new Thread(run).start(),
            Signal.of(Integer.parseInt(args[1])));
    counters.ready();
    Thread.currentThread().join();
  }
}
