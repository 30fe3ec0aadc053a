package org.sigqueue.bench.peer;

import org.sigqueue.Signal;

/** {@code inline}: a handler that runs on the dispatcher thread. One wake-up, no garbage. */
public final class InlinePeer {
  private InlinePeer() {}

  /** Arguments: the {@link ReceiverMode}, the page, the signal. */
  public static void main(String[] args) throws Exception {
    SharedCounters counters = SharedCounters.map(args[1]);
    Signal signal = Signal.of(Integer.parseInt(args[2]));
    ReceiverMode.parse(args[0])
        .notifier(signal)
        .subscribeInline(
            event -> {
              if (event.hasDetails()) {
                counters.receiveValue(event.value().orElse(0));
              } else {
                counters.receiveBare(event.count());
              }
            },
            signal);
    counters.ready();
    Thread.currentThread().join();
  }
}
