package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;

/**
 * {@code channel}: the main thread takes events from a channel. The channel is of the kind that the
 * documentation recommends: coalescing, or queueing for real-time signals.
 */
public final class ChannelPeer {
  private static final int FIRST_REAL_TIME_SIGNAL = 34;
  private static final int CAPACITY = 1 << 20;

  private ChannelPeer() {}

  /** Arguments: the {@link ReceiverMode}, the page, the signal. */
  public static void main(String[] args) throws Exception {
    SharedCounters counters = SharedCounters.map(args[1]);
    int number = Integer.parseInt(args[2]);
    Signal signal = Signal.of(number);
    SignalNotifier notifier = ReceiverMode.parse(args[0]).notifier(signal);
    try (SignalChannel channel =
        number < FIRST_REAL_TIME_SIGNAL
            ? SignalChannel.coalescing()
            : SignalChannel.queueing(CAPACITY)) {
      notifier.register(channel, signal);
      counters.ready();
      for (; ; ) {
        SignalEvent event = channel.take();
        if (event.value().isPresent()) {
          counters.receiveValue(event.value().getAsLong());
        } else if (event.hasDetails()) {
          counters.receive(event.count());
        } else {
          counters.receiveBare(event.count());
        }
      }
    }
  }
}
