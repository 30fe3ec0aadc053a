package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;

@Timeout(120)
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
    in.fd = 5;
    in.band = 0x41;
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
    assertEquals(5, out.fd);
    assertEquals(0x41, out.band);
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
    SignalQueue queue = block.queue();
    Receiver receiver = queue.claim(ParkingStrategies.PARK);
    JavaSender acceptor = new JavaSender(block);
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
        receiver.receiveSet(Note.FOREVER);
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

  // ---- Producers that die between claim and publication

  private static final long NOW = 0;
  private static final long LATER = TimeUnit.HOURS.toNanos(1);

  @Test
  void recordThatIsClaimedHidesTheYoungerOnesUntilItIsFilled() {
    OccurrenceRing ring = new OccurrenceRing(SharedBlock.allocate(4));
    Occurrence out = new Occurrence();
    long position = ring.claim(10);
    assertTrue(ring.offer(occurrence(12, 2)));
    assertTrue(ring.isBlocked());
    assertFalse(ring.poll(out));
    ring.fill(position, occurrence(10, 1));
    assertFalse(ring.isBlocked());
    assertTrue(ring.poll(out));
    assertEquals(1, out.value);
    assertTrue(ring.poll(out));
    assertEquals(2, out.value);
  }

  @Test
  void recordOfADeadProducerIsGivenUpAndCountsAsLost() {
    SharedBlock block = SharedBlock.allocate(4);
    OccurrenceRing ring = new OccurrenceRing(block);
    Occurrence out = new Occurrence();
    ring.claim(10);
    assertTrue(ring.offer(occurrence(12, 2)));
    assertEquals(10, ring.unblock(NOW));
    assertEquals(1, block.lost(10));
    assertFalse(ring.isBlocked());
    assertTrue(ring.poll(out));
    assertEquals(2, out.value);
    assertEquals(0, ring.unblock(NOW));
    assertEquals(0, block.lost(12));
  }

  @Test
  void producerThatIsSlowIsWaitedFor() {
    SharedBlock block = SharedBlock.allocate(4);
    OccurrenceRing ring = new OccurrenceRing(block);
    long position = ring.claim(10);
    assertEquals(0, ring.unblock(LATER));
    assertEquals(0, ring.unblock(LATER));
    ring.fill(position, occurrence(10, 1));
    assertEquals(0, ring.unblock(NOW));
    assertTrue(ring.poll(new Occurrence()));
    assertEquals(0, block.lost(10));
  }

  @Test
  void patienceBeginsAnewWithEachRecord() {
    OccurrenceRing ring = new OccurrenceRing(SharedBlock.allocate(4));
    assertEquals(0, ring.unblock(LATER));
    ring.claim(10);
    ring.claim(12);
    assertEquals(0, ring.unblock(LATER));
    assertEquals(10, ring.unblock(NOW));
    assertEquals(0, ring.unblock(LATER));
    assertEquals(12, ring.unblock(NOW));
  }

  @Test
  void producerThatComesBackChangesNothing() {
    SharedBlock block = SharedBlock.allocate(2);
    OccurrenceRing ring = new OccurrenceRing(block);
    Occurrence out = new Occurrence();
    long position = ring.claim(10);
    assertEquals(10, ring.unblock(NOW));
    for (int lap = 0; lap < 3; lap++) {
      assertTrue(ring.offer(occurrence(12, lap)));
      ring.fill(position, occurrence(10, -1)); // it may write whenever it likes
      assertTrue(ring.poll(out));
      assertEquals(12, out.signal);
      assertEquals(lap, out.value);
      assertFalse(ring.poll(out));
    }
    assertEquals(1, block.lost(10));
  }

  @Test
  void ringWhoseProducersAllDiedIsFull() {
    for (int capacity : new int[] {1, 4}) {
      SharedBlock block = SharedBlock.allocate(capacity);
      OccurrenceRing ring = new OccurrenceRing(block);
      for (int i = 0; i < capacity; i++) {
        assertTrue(ring.claim(10) >= 0);
      }
      assertFalse(ring.offer(occurrence(10, 1)));
      for (int i = 0; i < capacity; i++) {
        assertEquals(10, ring.unblock(NOW));
      }
      for (int i = 0; i < 10; i++) {
        assertFalse(ring.offer(occurrence(10, 1)));
        assertFalse(ring.poll(new Occurrence()));
        assertFalse(ring.isBlocked());
      }
      assertEquals(capacity, block.lost(10));
    }
  }

  private static Occurrence occurrence(int signal, long value) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal;
    occurrence.value = value;
    return occurrence;
  }
}
