package org.sigqueue.bench.peer;

import org.sigqueue.core.Note;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.sigqueue.jni.NativeSignalSource;

/**
 * {@code core}: the engine in a thread of the program's own, here the main thread, which also reads
 * the details of each occurrence. One wake-up from the handler to the user's code.
 */
public final class CorePeer {
  private CorePeer() {}

  /** Arguments: the {@link Mode}, the page, the signal. */
  public static void main(String[] args) throws Exception {
    Page page = Page.map(args[1]);
    int signal = Integer.parseInt(args[2]);
    SignalSource source = new NativeSignalSource();
    SharedBlock block = source.block();
    OccurrenceRing ring = new OccurrenceRing(block);
    Occurrence occurrence = new Occurrence();
    Mode mode = Mode.parse(args[0]);
    try (SignalQueue queue = SignalQueue.over(block, mode.parking())) {
      block.want(signal);
      source.install(signal);
      source.deliver(SignalSet.of(signal), mode.delivery());
      page.ready();
      for (long lost = 0; ; ) {
        queue.receiveSet(Note.FOREVER);
        while (ring.poll(occurrence)) {
          page.receiveValue(occurrence.value);
        }
        long bare = block.lost(signal) - lost;
        if (bare > 0) {
          lost += bare;
          page.receiveBare(bare);
        }
      }
    }
  }
}
