package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.Note;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;

/** A framework that receives real signals itself: in a thread of its own, and in an event loop. */
@Timeout(60)
class EventLoopTest {
  private static final int USR1 = 10;
  private static final int ROUNDS = 500;

  private final NativeSignalSource source = new NativeSignalSource();
  private final SharedBlock block = source.block();
  private final OccurrenceRing ring = new OccurrenceRing(block);
  private final Occurrence occurrence = new Occurrence();

  @Test
  void threadOfTheFrameworkReceives() throws Exception {
    try (SignalQueue queue = SignalQueue.over(block, new FutexStrategy())) {
      block.want(USR1);
      source.install(USR1);
      for (int round = 0; round < ROUNDS; round++) {
        source.kill(ProcessHandle.current().pid(), USR1);
        assertEquals(USR1, queue.receive());
        assertTrue(ring.poll(occurrence));
        assertEquals(ProcessHandle.current().pid(), occurrence.pid);
      }
    } finally {
      block.unwant(USR1);
      source.restore(USR1);
    }
  }

  @Test
  void eventLoopWaitsForTheDescriptorAndReceives() {
    try (SignalQueue queue = SignalQueue.over(block, new EventFdStrategy())) {
      block.want(USR1);
      source.install(USR1);
      for (int round = 0; round < ROUNDS; round++) {
        boolean duringTheWait = round % 2 == 1;
        if (!duringTheWait) {
          source.kill(ProcessHandle.current().pid(), USR1);
        }
        int signal;
        while ((signal = queue.poll()) == 0) {
          if (queue.beginWait()) {
            if (duringTheWait) {
              source.kill(ProcessHandle.current().pid(), USR1);
              duringTheWait = false;
            }
            Shim.eventFdWait(queue.wakeFd(), Note.FOREVER); // stands for epoll_wait
            queue.endWait();
          }
        }
        assertEquals(USR1, signal);
        assertTrue(ring.poll(occurrence));
      }
    } finally {
      block.unwant(USR1);
      source.restore(USR1);
    }
  }
}
