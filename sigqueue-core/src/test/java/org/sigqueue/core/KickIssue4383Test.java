package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.ParkingStrategies;

/** The interleaving of Go issue 4383, on the queue of before the fix and on this one. */
@Timeout(120)
class KickIssue4383Test {
  private static final int A = 10;
  private static final int B = 12;

  private final ScriptedWords words = new ScriptedWords();

  @Test
  void oldProtocolWakesTwice() {
    KickQueue queue = new KickQueue(words, ParkingStrategies.PARK);
    words.casState(0, KickQueue.KICK); // R has cleared the note and set kick
    words.before(
        "wakeup", // S1 has set A and cleared kick, and is preempted before its wakeup
        () -> {
          assertEquals(A, queue.receive()); // R finds A although nobody has woken it
          // R comes back, clears the note and sets kick anew; S2 sends B before R drains.
          words.before("swap mask", () -> queue.send(B));
          assertEquals(B, queue.receive());
        });
    InconsistentStateException thrown =
        assertThrows(InconsistentStateException.class, () -> queue.send(A)); // S1 resumes
    assertEquals("double wakeup", thrown.getMessage());
    assertTrue(words.isDone());
  }

  @Test
  void threeStatesWakeOnceWhenTheReceiverIsAwake() throws Exception {
    SignalQueue queue = SignalQueue.on(words);
    Receiver receiver = queue.claim(ParkingStrategies.PARK);
    words.before(
        "cas 0->1", // S1 has set A and is preempted before its announcement
        () -> {
          words.before("swap mask", () -> queue.send(B));
          assertEquals(A, receiver.poll());
          assertEquals(B, receiver.poll());
        });
    assertTrue(queue.send(A)); // S1 resumes
    assertTrue(words.isDone());
    assertEquals(0, receiver.poll());
  }

  @Test
  void threeStatesWakeOnceWhenTheReceiverSleeps() throws Exception {
    SignalQueue queue = SignalQueue.on(words);
    Receiver receiver = queue.claim(ParkingStrategies.PARK);
    words.before(
        "sleep", // R is WAITING
        () -> {
          words.before(
              "wakeup", // S1 has set A and taken WAITING back, and is preempted before its wakeup
              () -> assertTrue(queue.send(B))); // S2 finds ACTIVE: no wakeup is its to give
          assertTrue(queue.send(A)); // S1 resumes: one wakeup
        });
    assertEquals(A, receiver.receive());
    assertEquals(B, receiver.receive());
    assertTrue(words.isDone());
  }
}
