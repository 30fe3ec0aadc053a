package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;

/** {@code inline}: a handler that is called on the dispatcher thread. One wake-up, no garbage. */
public final class InlinePeer {
  private InlinePeer() {}

  /** Arguments: the {@link Mode}, the page, the signal. */
  public static void main(String[] args) throws Exception {
    Page page = Page.map(args[1]);
    SignalNotifier notifier = Mode.parse(args[0]).notifier();
    notifier.subscribeInline(
        occurrence -> {
          if (occurrence.hasDetails()) {
            page.receiveValue(occurrence.value);
          } else {
            page.receiveBare(occurrence.count);
          }
        },
        Signal.of(Integer.parseInt(args[2])));
    page.ready();
    Thread.currentThread().join();
  }
}
