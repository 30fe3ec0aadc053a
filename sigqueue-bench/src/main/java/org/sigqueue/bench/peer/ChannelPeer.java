package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;

/**
 * {@code channel}: the main thread takes events. Two wake-ups: the handler wakes the dispatcher,
 * the dispatcher this thread. The channel coalesces, for real-time signals it queues, as users are
 * told.
 */
public final class ChannelPeer {
  private static final int FIRST_REAL_TIME_SIGNAL = 34;
  private static final int CAPACITY = 1 << 20;

  private ChannelPeer() {}

  /** Arguments: the {@link Mode}, the page, the signal. */
  public static void main(String[] args) throws Exception {
    Page page = Page.map(args[1]);
    int signal = Integer.parseInt(args[2]);
    SignalNotifier notifier = Mode.parse(args[0]).notifier();
    try (SignalChannel channel =
        signal < FIRST_REAL_TIME_SIGNAL
            ? SignalChannel.coalescing()
            : SignalChannel.queueing(CAPACITY)) {
      notifier.notify(channel, Signal.of(signal));
      page.ready();
      for (; ; ) {
        SignalEvent event = channel.take();
        if (event.value().isPresent()) {
          page.receiveValue(event.value().getAsLong());
        } else if (event.hasDetails()) {
          page.receive(event.count());
        } else {
          page.receiveBare(event.count());
        }
      }
    }
  }
}
