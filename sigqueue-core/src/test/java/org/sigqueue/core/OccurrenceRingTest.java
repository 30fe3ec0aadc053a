package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OccurrenceRingTest {
  @Test
  void emptyRingHasNoRecord() {
    assertFalse(new OccurrenceRing(SharedBlock.allocate(4)).poll(new Occurrence()));
  }

  @Test
  void recordComesBackWhole() {
    OccurrenceRing ring = new OccurrenceRing(SharedBlock.allocate(2));
    Occurrence in = occurrence(64, Long.MIN_VALUE);
    in.code = -1;
    in.pid = Integer.MAX_VALUE;
    in.uid = -2;
    in.status = 137;
    in.tid = 4711;
    in.timeNanos = Long.MAX_VALUE;
    assertTrue(ring.offer(in));
    Occurrence out = new Occurrence();
    assertTrue(ring.poll(out));
    assertEquals(0, out.sequence);
    assertEquals(64, out.signal);
    assertEquals(-1, out.code);
    assertEquals(Integer.MAX_VALUE, out.pid);
    assertEquals(-2, out.uid);
    assertEquals(Long.MIN_VALUE, out.value);
    assertEquals(137, out.status);
    assertEquals(4711, out.tid);
    assertEquals(Long.MAX_VALUE, out.timeNanos);
  }

  @Test
  void recordsLieBehindTheCounters() {
    SharedBlock block = SharedBlock.allocate(8);
    OccurrenceRing ring = new OccurrenceRing(block);
    while (ring.offer(occurrence(10, -1))) {}
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      assertEquals(0, block.accepted(signal));
      assertEquals(0, block.lost(signal));
      assertEquals(0, block.inFlight(signal));
    }
  }

  @Test
  void orderIsKeptOverManyLaps() {
    OccurrenceRing ring = new OccurrenceRing(SharedBlock.allocate(4));
    Occurrence out = new Occurrence();
    long next = 0;
    for (long round = 0; round < 1000; round++) {
      for (int i = 0; i < 1 + round % 4; i++) {
        assertTrue(ring.offer(occurrence(10, next + i)));
      }
      for (int i = 0; i < 1 + round % 4; i++) {
        assertTrue(ring.poll(out));
        assertEquals(next, out.sequence);
        assertEquals(next++, out.value);
      }
      assertFalse(ring.poll(out));
    }
  }

  @Test
  void fullRingRefusesAndKeepsWhatItHas() {
    for (int capacity : new int[] {1, 2, 8}) {
      OccurrenceRing ring = new OccurrenceRing(SharedBlock.allocate(capacity));
      Occurrence out = new Occurrence();
      for (int lap = 0; lap < 3; lap++) {
        for (int i = 0; i < capacity; i++) {
          assertTrue(ring.offer(occurrence(10, i)));
        }
        assertFalse(ring.offer(occurrence(10, -1)));
        for (int i = 0; i < capacity; i++) {
          assertTrue(ring.poll(out));
          assertEquals(i, out.value);
        }
        assertFalse(ring.poll(out));
      }
    }
  }

  @Test
  void acceptedIsDrainedPlusLostWithManySenders() throws Exception {
    SharedBlock block = SharedBlock.allocate(16);
    SignalQueue queue = SignalQueue.over(block, ParkingStrategies.PARK);
    Acceptor acceptor = new Acceptor(block);
    block.want(10);
    int senders = 4;
    int each = 50_000;
    CountDownLatch done = new CountDownLatch(senders);
    for (int s = 0; s < senders; s++) {
      int pid = s;
      new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  Occurrence occurrence = occurrence(10, i);
                  occurrence.pid = pid;
                  acceptor.accept(occurrence);
                }
                done.countDown();
                queue.announce();
              })
          .start();
    }
    OccurrenceRing ring = new OccurrenceRing(block);
    Occurrence out = new Occurrence();
    long drained = 0;
    long[] last = {-1, -1, -1, -1};
    boolean finished;
    do {
      finished = done.getCount() == 0;
      if (!finished) {
        queue.receiveSet(Note.FOREVER);
      }
      while (ring.poll(out)) {
        assertEquals(drained++, out.sequence);
        assertTrue(last[out.pid] < out.value, "order of one sender");
        last[out.pid] = out.value;
      }
    } while (!finished);
    assertEquals((long) senders * each, block.accepted(10));
    assertEquals(block.accepted(10), drained + block.lost(10));
    assertEquals(0, block.inFlight(10));
  }

  private static Occurrence occurrence(int signal, long value) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal;
    occurrence.value = value;
    return occurrence;
  }
}
