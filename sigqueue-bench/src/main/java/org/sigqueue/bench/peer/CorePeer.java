package org.sigqueue.bench.peer;

import java.util.ServiceLoader;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.source.SignalSource;

/**
 * {@code core}: the engine in a thread of the program itself, here the main thread, which also
 * reads the details of each occurrence. One wake-up from the handler to the user's code.
 */
public final class CorePeer {
  private CorePeer() {}

  /** Arguments: the {@link ReceiverMode}, the page, the signal. */
  public static void main(String[] args) throws Exception {
    SharedCounters counters = SharedCounters.map(args[1]);
    int signal = Integer.parseInt(args[2]);
    SignalSource source = nativeSource();
    SharedBlock block = source.block();
    OccurrenceRing ring = new OccurrenceRing(block);
    Occurrence occurrence = new Occurrence();
    ReceiverMode mode = ReceiverMode.parse(args[0]);
    try (Receiver receiver = block.queue().claim(mode.parking())) {
      block.want(signal);
      source.install(signal);
      if (mode.exclusive()) {
        source.enterExclusive(SignalSet.of(signal));
      }
      counters.ready();
      for (long lost = 0; ; ) {
        receiver.receiveSet(Note.FOREVER);
        while (ring.poll(occurrence)) {
          counters.receiveValue(occurrence.value);
        }
        long bare = block.lost(signal) - lost;
        if (bare > 0) {
          lost += bare;
          counters.receiveBare(bare);
        }
      }
    }
  }

  /** The source of real signals, open. */
  static SignalSource nativeSource() {
    SignalSource source =
        ServiceLoader.load(SignalSource.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(each -> each.name().equals("native"))
            .findFirst()
            .orElseThrow();
    source.open();
    return source;
  }
}
