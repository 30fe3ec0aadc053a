package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigqueue.core.SignalQueue.ACTIVE;
import static org.sigqueue.core.SignalQueue.CLOSED;
import static org.sigqueue.core.SignalQueue.PENDING;
import static org.sigqueue.core.SignalQueue.WAITING;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every row of the transition table in {@link SignalQueue}, and every race between two of them. */
@Timeout(30)
class SignalQueueTest {
  private static final int HUP = 1;
  private static final int USR1 = 10;
  private static final int TERM = 15;
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final ScriptedWords words = new ScriptedWords();
  private final SignalQueue queue = SignalQueue.on(words, ParkingStrategies.PARK);

  @Test
  void sendToAnActiveReceiverMakesPending() {
    assertTrue(queue.send(USR1));
    assertState(PENDING);
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void sendWhilePendingLeavesPending() {
    queue.send(USR1);
    assertTrue(queue.send(TERM));
    assertState(PENDING);
  }

  @Test
  void sendOfAPendingSignalDoesNotAnnounceAgain() {
    queue.send(USR1);
    assertTrue(words.casState(PENDING, ACTIVE));
    assertTrue(queue.send(USR1));
    assertState(ACTIVE); // the bit was set, so its announcement is somebody else's
  }

  @Test
  void sendWhileWaitingWakesReceiver() throws Exception {
    FutureTask<Integer> receiver = start(queue::receive);
    awaitState(WAITING);
    assertTrue(queue.send(USR1));
    assertEquals(USR1, receiver.get());
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile()); // the wakeup was consumed
  }

  @Test
  void sendThatLosesItsTransitionTriesAgain() {
    words.before("cas 0->1", () -> queue.send(TERM));
    assertTrue(queue.send(USR1));
    assertTrue(words.isDone());
    assertEquals(TERM, queue.poll() == USR1 ? queue.poll() : -1);
  }

  @Test
  void receiveOfPendingMakesActive() throws Exception {
    queue.send(USR1);
    assertEquals(USR1, queue.receive());
    assertState(ACTIVE);
  }

  @Test
  void receiveComesInAscendingOrder() throws Exception {
    queue.send(64);
    queue.send(TERM);
    queue.send(1);
    assertEquals(1, queue.receive());
    queue.send(HUP); // behind those of the first look
    assertEquals(TERM, queue.receive());
    assertEquals(64, queue.receive());
    assertEquals(HUP, queue.receive());
  }

  @Test
  void signalSentTwiceIsReceivedOnce() {
    queue.send(USR1);
    queue.send(USR1);
    assertEquals(USR1, queue.poll());
    assertEquals(0, queue.poll());
  }

  @Test
  void sendBetweenAnnouncementAndLookIsReceivedOnce() {
    queue.send(USR1);
    words.before("swap mask", () -> queue.send(TERM));
    assertEquals(USR1, queue.poll());
    assertEquals(TERM, queue.poll());
    assertState(PENDING); // TERM's announcement: one look too many, none too few
    assertEquals(0, queue.poll());
    assertState(ACTIVE);
  }

  @Test
  void sendBeforeTheReceiverSleepsIsNotMissed() throws Exception {
    words.before("cas 0->2", () -> queue.send(USR1));
    assertEquals(USR1, queue.receive());
  }

  @Test
  void sendBetweenWaitingAndSleepIsNotMissed() throws Exception {
    words.before("sleep", () -> queue.send(USR1));
    assertEquals(USR1, queue.receive());
    assertState(ACTIVE);
  }

  @Test
  void timedReceiveTakesItsWaitingBack() throws Exception {
    assertEquals(0, queue.receive(MILLI));
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile() & NoteWord.SLEEPING);
  }

  @Test
  void timeoutThatLosesAgainstSendConsumesItsWakeup() throws Exception {
    words.before("cas 2->0", () -> queue.send(USR1)); // the receiver's own, after its time is over
    assertEquals(USR1, queue.receive(MILLI));
    assertEquals(0, words.noteVolatile());
    assertEquals(0, queue.receive(MILLI)); // and the next sleep is not woken by it
  }

  @Test
  void timeoutThatLosesAgainstCloseConsumesItsWakeup() throws Exception {
    words.before("cas 2->0", queue::close);
    assertEquals(0, queue.receive(MILLI));
    assertTrue(queue.isClosed());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void receiveWithoutTimeDoesNotWait() throws Exception {
    assertEquals(0, queue.receive(0));
    assertEquals(0, queue.receive(-1));
    assertState(ACTIVE);
  }

  @Test
  void interruptedReceiveTakesItsWaitingBack() throws Exception {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, queue::receive);
    assertFalse(Thread.currentThread().isInterrupted());
    assertState(ACTIVE);
    queue.send(USR1);
    assertEquals(USR1, queue.receive());
  }

  @Test
  void interruptWhileWaitingEndsReceive() throws Exception {
    FutureTask<Integer> receiver = new FutureTask<>(queue::receive);
    Thread thread = new Thread(receiver);
    thread.start();
    awaitState(WAITING);
    thread.interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, receiver::get);
    assertEquals(InterruptedException.class, thrown.getCause().getClass());
    assertState(ACTIVE);
  }

  @Test
  void interruptThatLosesAgainstSendDeliversAndStaysSet() throws Exception {
    words.before("cas 2->0", () -> queue.send(USR1));
    Thread.currentThread().interrupt();
    assertEquals(USR1, queue.receive());
    assertTrue(Thread.interrupted());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void interruptDoesNotHideAPendingSignal() throws Exception {
    queue.send(USR1);
    Thread.currentThread().interrupt();
    assertEquals(USR1, queue.receive());
    assertTrue(Thread.interrupted());
  }

  @Test
  void receiveFromASecondThreadIsRefused() throws Exception {
    FutureTask<Integer> first = start(queue::receive);
    awaitState(WAITING);
    assertThrows(IllegalStateException.class, queue::receive);
    assertThrows(IllegalStateException.class, queue::poll);
    assertThrows(IllegalStateException.class, () -> queue.receiveSet(0));
    queue.send(USR1);
    assertEquals(USR1, first.get());
    assertEquals(0, queue.poll()); // and allowed again when the first has left
  }

  @Test
  void waitingOnEntryIsThrown() {
    words.casState(ACTIVE, WAITING);
    assertThrows(InconsistentStateException.class, queue::receive);
  }

  @Test
  void unknownStateIsThrown() {
    words.casState(ACTIVE, 7);
    assertThrows(InconsistentStateException.class, queue::receive);
    assertThrows(InconsistentStateException.class, () -> queue.send(USR1));
  }

  @Test
  void closeWhileWaitingWakesReceiver() throws Exception {
    FutureTask<Integer> receiver = start(queue::receive);
    awaitState(WAITING);
    queue.close();
    assertEquals(0, receiver.get());
    assertState(CLOSED);
  }

  @Test
  void closeIsIdempotentAndEndsReceiveAtOnce() throws Exception {
    queue.close();
    queue.close();
    assertEquals(0, queue.receive());
    assertEquals(0, queue.receiveSet(Note.FOREVER));
    assertFalse(queue.announce());
  }

  @Test
  void whatWasAcceptedBeforeCloseIsReceivedAfterIt() throws Exception {
    queue.send(USR1);
    queue.close();
    assertEquals(USR1, queue.receive());
    assertEquals(0, queue.receive());
  }

  @Test
  void sendBetweenTheLastLookAndCloseIsReceived() throws Exception {
    queue.announce();
    words.before(
        "cas 1->0",
        () ->
            words.before( // after the empty look, before the receiver asks whether it is closed
                "cas 0->2",
                () -> {
                  assertTrue(queue.send(USR1));
                  queue.close();
                }));
    assertEquals(USR1, queue.receive());
    assertEquals(0, queue.receive());
    assertTrue(words.isDone());
  }

  @Test
  void sendAfterCloseIsRefused() {
    queue.close();
    assertFalse(queue.send(USR1));
    assertFalse(queue.send(USR1)); // also where the bit is set already
  }

  @Test
  void closeThatLosesAgainstSendDoesNotWakeAgain() throws Exception {
    words.before(
        "sleep",
        () -> {
          words.before("swap state", () -> queue.send(USR1));
          queue.close();
        });
    assertEquals(USR1, queue.receive());
    assertEquals(0, queue.receive());
  }

  @Test
  void announceWithoutASignalEndsReceiveSetButNotReceive() throws Exception {
    queue.announce();
    assertEquals(0, queue.receiveSet(Note.FOREVER));
    queue.announce();
    assertEquals(0, queue.receive(MILLI));
  }

  @Test
  void receiveSetTakesAllAtOnce() throws Exception {
    queue.send(1);
    queue.send(64);
    assertEquals(1L | Long.MIN_VALUE, queue.receiveSet(Note.FOREVER));
  }

  @Test
  void receiveSetReturnsWhatReceiveHasLeft() throws Exception {
    queue.send(1);
    queue.send(2);
    assertEquals(1, queue.receive());
    assertEquals(SignalSet.of(2).bits(), queue.receiveSet(0));
  }

  @Test
  void waitOutsideEndsWithWhatWasSent() {
    SignalQueue loop = SignalQueue.on(words, new ScriptedStrategy(7));
    assertTrue(loop.beginWait());
    assertState(WAITING);
    assertTrue(loop.send(USR1));
    assertTrue(loop.send(TERM));
    loop.endWait();
    assertEquals(USR1, loop.poll());
    assertEquals(TERM, loop.poll());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void waitOutsideThatNothingEndedIsTakenBack() {
    SignalQueue loop = SignalQueue.on(words, new ScriptedStrategy(7));
    assertTrue(loop.beginWait());
    loop.endWait();
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile());
    assertTrue(loop.beginWait());
  }

  @Test
  void endOfAWaitOutsideThatLosesAgainstSendConsumesItsWakeup() {
    SignalQueue loop = SignalQueue.on(words, new ScriptedStrategy(7));
    assertTrue(loop.beginWait());
    words.before("cas 2->0", () -> loop.send(USR1));
    loop.endWait();
    assertEquals(USR1, loop.poll());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void waitOutsideIsRefusedWhileSomethingIsPending() {
    SignalQueue loop = SignalQueue.on(words, new ScriptedStrategy(7));
    loop.send(USR1);
    assertFalse(loop.beginWait());
    assertEquals(USR1, loop.poll());
    assertTrue(loop.beginWait());
    loop.endWait();
  }

  @Test
  void sendWhileAWaitOutsideStartsIsNotMissed() {
    for (String access : new String[] {"sleep", "cas 0->2"}) {
      ScriptedWords fresh = new ScriptedWords();
      SignalQueue loop = SignalQueue.on(fresh, new ScriptedStrategy(7));
      fresh.before(access, () -> loop.send(USR1));
      assertFalse(loop.beginWait(), access);
      assertEquals(USR1, loop.poll());
      assertEquals(0, fresh.noteVolatile());
    }
  }

  @Test
  void waitOutsideNeedsADescriptor() {
    assertThrows(IllegalStateException.class, queue::beginWait);
    assertState(ACTIVE);
  }

  @Test
  void numbersThatAreNoSignalsAreRefusedAndChangeNothing() {
    for (int bad : new int[] {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> queue.send(bad));
    }
    assertState(ACTIVE);
    assertEquals(0, queue.poll());
  }

  @Test
  void closedBlockOpensForTheNextReceiver() {
    SharedBlock block = SharedBlock.allocate(1);
    SignalQueue first = SignalQueue.over(block, ParkingStrategies.PARK);
    first.close();
    first.send(USR1);
    SignalQueue second = SignalQueue.over(block, ParkingStrategies.PARK);
    assertEquals(USR1, second.poll());
    assertTrue(second.send(TERM));
  }

  @Test
  void secondReceiverOnWordsThatOneWaitsOnIsRefused() {
    words.casState(ACTIVE, WAITING);
    assertThrows(
        InconsistentStateException.class, () -> SignalQueue.on(words, ParkingStrategies.PARK));
  }

  private void assertState(int expected) {
    assertEquals(expected, words.stateVolatile());
  }

  private void awaitState(int expected) {
    while (words.stateVolatile() != expected) {
      Thread.onSpinWait();
    }
  }

  private static <T> FutureTask<T> start(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    new Thread(task).start();
    return task;
  }
}
