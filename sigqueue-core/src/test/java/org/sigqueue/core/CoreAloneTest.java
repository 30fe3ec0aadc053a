package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.ParkingStrategies;

/** The engine without a signal handler: the programs of docs/embedding.md. */
@Timeout(120)
class CoreAloneTest {
  private static int receiveOne() throws InterruptedException {
    SignalQueue queue = SignalQueue.create();
    try (Receiver receiver = queue.claim(ParkingStrategies.ADAPTIVE)) {
      new Thread(() -> queue.send(10)).start(); // from any number of threads
      return receiver.receive(); // 10
    }
  }

  private static boolean send(SharedBlock block, int signal, long value) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = signal;
    occurrence.value = value;
    return new JavaSender(block).accept(occurrence); // false: the signal is not wanted
  }

  @Test
  void queueOfJavaSendersReceives() throws Exception {
    assertEquals(10, receiveOne());
  }

  @Test
  void blockOfJavaSendersKeepsDetails() throws Exception {
    SharedBlock block = SharedBlock.allocate(64);
    assertFalse(send(block, 10, 42));
    block.want(10);
    assertTrue(send(block, 10, 42));
    Occurrence received = new Occurrence();
    try (Receiver receiver = block.queue().claim(ParkingStrategies.PARK)) {
      assertEquals(10, receiver.receive());
    }
    assertTrue(new OccurrenceRing(block).poll(received));
    assertEquals(42, received.value);
  }
}
