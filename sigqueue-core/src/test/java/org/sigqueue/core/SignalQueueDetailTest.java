package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigqueue.core.SignalQueue.ACTIVE;
import static org.sigqueue.core.SignalQueue.WAITING;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * Details that {@link SignalQueueTest} does not notice: each test kills a mutant that survived it.
 */
@Timeout(120)
class SignalQueueDetailTest {
  private static final int USR1 = 10;

  private final ScriptedWords words = new ScriptedWords();

  private final ScriptedStrategy strategy = new ScriptedStrategy(0);
  private final List<Long> timeouts = strategy.timeouts;
  private final SignalQueue queue = SignalQueue.on(words);
  private final Receiver receiver = queue.claim(strategy);

  @Test
  void createdQueueWorks() {
    SignalQueue created = SignalQueue.create();
    assertTrue(created.send(USR1));
    assertEquals(USR1, created.claim(ParkingStrategies.PARK).poll());
  }

  @Test
  void sendThatLosesAgainstAReceiverFallingAsleepWakesIt() {
    words.before("cas 0->1", () -> assertTrue(words.casState(ACTIVE, WAITING)));
    assertTrue(queue.send(USR1));
    assertTrue(words.isDone());
    assertEquals(NoteWord.WOKEN, words.noteVolatile());
  }

  @Test
  void receiveWithoutTimeNeverEntersWaiting() throws Exception {
    words.before(
        "cas 0->2",
        () -> {
          throw new AssertionError("it waits");
        });
    assertEquals(0, receiver.receive(0));
    assertEquals(0, receiver.receive(-1));
    assertFalse(words.isDone());
  }

  @Test
  void newReceiverClearsTheNote() {
    receiver.close();
    words.orNote(NoteWord.WOKEN);
    queue.claim(ParkingStrategies.PARK);
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void timeThatWasSleptIsNotSleptAgain() throws Exception {
    long timeoutNanos = TimeUnit.DAYS.toNanos(36500);
    strategy.whileBlocked =
        () -> {
          if (timeouts.size() == 1) {
            queue.announce(); // ends the sleep, but not receive
          } else {
            queue.send(USR1);
          }
        };
    assertEquals(USR1, receiver.receive(timeoutNanos));
    assertEquals(2, timeouts.size());
    assertTrue(timeouts.get(1) <= timeouts.get(0), timeouts::toString);
    assertTrue(timeouts.get(1) > timeouts.get(0) - TimeUnit.MINUTES.toNanos(1), timeouts::toString);
  }

  @Test
  void interruptIsKeptWhileALateWakeupIsAwaited() throws Exception {
    words
        .before("sleep", () -> {}) // interrupted, so that it ends at once
        .before("cas 2->0", this::sendButDoNotWakeYet)
        .before("sleep", () -> {}) // the wakeup is awaited, but the thread is still interrupted
        .before("sleep", () -> words.orNote(NoteWord.WOKEN));
    Thread.currentThread().interrupt();
    assertEquals(USR1, receiver.receive());
    assertTrue(Thread.interrupted());
    assertTrue(words.isDone());
    assertEquals(0, words.noteVolatile());
  }

  private void sendButDoNotWakeYet() {
    words.orMask(SignalSet.bit(USR1));
    assertTrue(words.casState(WAITING, ACTIVE));
  }

  @Test
  void secondReceiverIsToldOfTheFirst() throws Exception {
    assertRefusedDuringReceive(receiver::beginWait);
    assertRefusedDuringReceive(receiver::poll);
  }

  private void assertRefusedDuringReceive(Runnable second) throws Exception {
    List<String> messages = new ArrayList<>();
    strategy.whileBlocked =
        () -> {
          messages.add(assertThrows(IllegalStateException.class, second::run).getMessage());
          queue.send(USR1);
        };
    assertEquals(USR1, receiver.receive());
    assertEquals(
        List.of("already receiving in thread " + Thread.currentThread().getName()), messages);
  }

  @Test
  void descriptorZeroIsADescriptor() {
    assertTrue(receiver.beginWait());
    queue.send(USR1);
    receiver.endWait();
    assertEquals(USR1, receiver.poll());
    assertThrows(
        IllegalStateException.class, SignalQueue.create().claim(ParkingStrategies.PARK)::beginWait);
  }
}
