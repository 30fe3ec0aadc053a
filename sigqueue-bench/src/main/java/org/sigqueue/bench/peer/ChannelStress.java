package org.sigqueue.bench.peer;

import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;

/** {@link SelfStorm} with a queueing channel, so that each occurrence is an event. */
public final class ChannelStress {
  private static final int CAPACITY = 1024;

  private ChannelStress() {}

  /** Arguments: the {@link ReceiverMode}, the number of workers, milliseconds. */
  public static void main(String[] args) throws Exception {
    AtomicLong occurrences = new AtomicLong();
    AtomicLong events = new AtomicLong();
    SignalChannel channel = SignalChannel.queueing(CAPACITY);
    ReceiverMode.parse(args[0]).notifier(Signal.USR1).register(channel, Signal.USR1);
    Thread receiver =
        new Thread(
            () -> {
              for (SignalEvent event : channel) {
                events.setRelease(events.getPlain() + 1);
                occurrences.setRelease(occurrences.getPlain() + event.count());
              }
            },
            "receiver");
    receiver.setDaemon(true);
    receiver.start();
    new SelfStorm(args[1], args[2]).run(occurrences::get, events::get);
  }
}
