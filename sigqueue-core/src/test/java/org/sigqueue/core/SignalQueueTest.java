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
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;

/** Every row of the transition table in {@link SignalQueue}, and every race between two of them. */
@Timeout(120)
class SignalQueueTest {
  private static final int HUP = 1;
  private static final int USR1 = 10;
  private static final int USR2 = 12;
  private static final int TERM = 15;
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final ScriptedWords words = new ScriptedWords();
  private final SignalQueue queue = SignalQueue.on(words);
  private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

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
    FutureTask<Integer> received = start(() -> receiver.receive());
    awaitState(WAITING);
    assertTrue(queue.send(USR1));
    assertEquals(USR1, received.get());
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile()); // the wakeup was consumed
  }

  @Test
  void sendThatLosesItsTransitionTriesAgain() {
    words.before("cas 0->1", () -> queue.send(TERM));
    assertTrue(queue.send(USR1));
    assertTrue(words.isDone());
    assertEquals(TERM, receiver.poll() == USR1 ? receiver.poll() : -1);
  }

  @Test
  void receiveOfPendingMakesActive() throws Exception {
    queue.send(USR1);
    assertEquals(USR1, receiver.receive());
    assertState(ACTIVE);
  }

  @Test
  void receiveComesInAscendingOrder() throws Exception {
    queue.send(64);
    queue.send(TERM);
    queue.send(1);
    assertEquals(1, receiver.receive());
    queue.send(HUP); // behind those of the first look
    assertEquals(TERM, receiver.receive());
    assertEquals(64, receiver.receive());
    assertEquals(HUP, receiver.receive());
  }

  @Test
  void signalSentTwiceIsReceivedOnce() {
    queue.send(USR1);
    queue.send(USR1);
    assertEquals(USR1, receiver.poll());
    assertEquals(0, receiver.poll());
  }

  @Test
  void sendBetweenAnnouncementAndLookIsReceivedOnce() {
    queue.send(USR1);
    words.before("swap mask", () -> queue.send(TERM));
    assertEquals(USR1, receiver.poll());
    assertEquals(TERM, receiver.poll());
    assertState(PENDING); // TERM's announcement: one look too many, none too few
    assertEquals(0, receiver.poll());
    assertState(ACTIVE);
  }

  @Test
  void sendBeforeTheReceiverSleepsIsNotMissed() throws Exception {
    words.before("cas 0->2", () -> queue.send(USR1));
    assertEquals(USR1, receiver.receive());
  }

  @Test
  void sendBetweenWaitingAndSleepIsNotMissed() throws Exception {
    words.before("sleep", () -> queue.send(USR1));
    assertEquals(USR1, receiver.receive());
    assertState(ACTIVE);
  }

  @Test
  void timedReceiveTakesItsWaitingBack() throws Exception {
    assertEquals(0, receiver.receive(MILLI));
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile() & NoteWord.SLEEPING);
  }

  @Test
  void timeoutThatLosesAgainstSendConsumesItsWakeup() throws Exception {
    words.before("cas 2->0", () -> queue.send(USR1)); // the receiver's own, after its time is over
    assertEquals(USR1, receiver.receive(MILLI));
    assertEquals(0, words.noteVolatile());
    assertEquals(0, receiver.receive(MILLI)); // and the next sleep is not woken by it
  }

  @Test
  void timeoutThatLosesAgainstCloseConsumesItsWakeup() throws Exception {
    words.before("cas 2->0", queue::close);
    assertEquals(0, receiver.receive(MILLI));
    assertTrue(queue.isClosed());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void receiveWithoutTimeDoesNotWait() throws Exception {
    assertEquals(0, receiver.receive(0));
    assertEquals(0, receiver.receive(-1));
    assertState(ACTIVE);
  }

  @Test
  void interruptedReceiveTakesItsWaitingBack() throws Exception {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, receiver::receive);
    assertFalse(Thread.currentThread().isInterrupted());
    assertState(ACTIVE);
    queue.send(USR1);
    assertEquals(USR1, receiver.receive());
  }

  @Test
  void interruptWhileWaitingEndsReceive() throws Exception {
    FutureTask<Integer> received = new FutureTask<>(() -> receiver.receive());
    Thread thread = new Thread(received);
    thread.start();
    awaitState(WAITING);
    thread.interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, received::get);
    assertEquals(InterruptedException.class, thrown.getCause().getClass());
    assertState(ACTIVE);
  }

  @Test
  void interruptDoesNotEndAnUninterruptibleReceive() throws Exception {
    FutureTask<Long> received = new FutureTask<>(() -> receiver.receiveSetUninterruptibly());
    Thread thread = new Thread(received);
    thread.start();
    awaitState(WAITING);
    thread.interrupt();
    assertThrows(TimeoutException.class, () -> received.get(100, TimeUnit.MILLISECONDS));
    assertState(WAITING);
    queue.send(USR1);
    assertEquals(SignalSet.bit(USR1), received.get());
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile()); // ready for the next wakeup
  }

  @Test
  void uninterruptibleReceiveTakesWhatIsPendingAndEndsWithAnAnnouncementOrTheQueue() {
    queue.send(USR1);
    queue.send(USR2);
    assertEquals(USR1, receiver.poll());
    assertEquals(SignalSet.bit(USR2), receiver.receiveSetUninterruptibly()); // its private copy
    queue.announce();
    assertEquals(0, receiver.receiveSetUninterruptibly());
    queue.send(USR1);
    queue.close();
    assertEquals(SignalSet.bit(USR1), receiver.receiveSetUninterruptibly());
    assertEquals(0, receiver.receiveSetUninterruptibly());
  }

  @Test
  void interruptThatLosesAgainstSendDeliversAndStaysSet() throws Exception {
    words.before("cas 2->0", () -> queue.send(USR1));
    Thread.currentThread().interrupt();
    assertEquals(USR1, receiver.receive());
    assertTrue(Thread.interrupted());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void interruptDoesNotHideAPendingSignal() throws Exception {
    queue.send(USR1);
    Thread.currentThread().interrupt();
    assertEquals(USR1, receiver.receive());
    assertTrue(Thread.interrupted());
  }

  @Test
  void receiveFromASecondThreadIsRefused() throws Exception {
    FutureTask<Integer> first = start(() -> receiver.receive());
    awaitState(WAITING);
    assertThrows(IllegalStateException.class, receiver::receive);
    assertThrows(IllegalStateException.class, receiver::poll);
    assertThrows(IllegalStateException.class, () -> receiver.receiveSet(0));
    queue.send(USR1);
    assertEquals(USR1, first.get());
    assertEquals(0, receiver.poll()); // and allowed again when the first has left
  }

  @Test
  void waitingOnEntryIsThrown() {
    words.casState(ACTIVE, WAITING);
    assertThrows(InconsistentStateException.class, receiver::receive);
  }

  @Test
  void unknownStateIsThrown() {
    words.casState(ACTIVE, 7);
    assertThrows(InconsistentStateException.class, receiver::receive);
    assertThrows(InconsistentStateException.class, () -> queue.send(USR1));
  }

  @Test
  void closeWhileWaitingWakesReceiver() throws Exception {
    FutureTask<Integer> received = start(() -> receiver.receive());
    awaitState(WAITING);
    queue.close();
    assertEquals(0, received.get());
    assertState(CLOSED);
  }

  @Test
  void closeIsIdempotentAndEndsReceiveAtOnce() throws Exception {
    queue.close();
    queue.close();
    assertEquals(0, receiver.receive());
    assertEquals(0, receiver.receiveSet(Note.FOREVER));
    assertFalse(queue.announce());
  }

  @Test
  void whatWasAcceptedBeforeCloseIsReceivedAfterIt() throws Exception {
    queue.send(USR1);
    queue.close();
    assertEquals(USR1, receiver.receive());
    assertEquals(0, receiver.receive());
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
    assertEquals(USR1, receiver.receive());
    assertEquals(0, receiver.receive());
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
    assertEquals(USR1, receiver.receive());
    assertEquals(0, receiver.receive());
  }

  @Test
  void announceWithoutASignalEndsReceiveSetButNotReceive() throws Exception {
    queue.announce();
    assertEquals(0, receiver.receiveSet(Note.FOREVER));
    queue.announce();
    assertEquals(0, receiver.receive(MILLI));
  }

  @Test
  void receiveSetTakesAllAtOnce() throws Exception {
    queue.send(1);
    queue.send(64);
    assertEquals(1L | Long.MIN_VALUE, receiver.receiveSet(Note.FOREVER));
  }

  @Test
  void receiveSetReturnsWhatReceiveHasLeft() throws Exception {
    queue.send(1);
    queue.send(2);
    assertEquals(1, receiver.receive());
    assertEquals(SignalSet.of(2).bits(), receiver.receiveSet(0));
  }

  @Test
  void waitOutsideEndsWithWhatWasSent() {
    Receiver loop = claimForLoop();
    assertTrue(loop.beginWait());
    assertState(WAITING);
    assertTrue(queue.send(USR1));
    assertTrue(queue.send(TERM));
    loop.endWait();
    assertEquals(USR1, loop.poll());
    assertEquals(TERM, loop.poll());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void waitOutsideThatNothingEndedIsTakenBack() {
    Receiver loop = claimForLoop();
    assertTrue(loop.beginWait());
    loop.endWait();
    assertState(ACTIVE);
    assertEquals(0, words.noteVolatile());
    assertTrue(loop.beginWait());
  }

  @Test
  void endOfAWaitOutsideThatLosesAgainstSendConsumesItsWakeup() {
    Receiver loop = claimForLoop();
    assertTrue(loop.beginWait());
    words.before("cas 2->0", () -> queue.send(USR1));
    loop.endWait();
    assertEquals(USR1, loop.poll());
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void waitOutsideIsRefusedWhileSomethingIsPending() {
    Receiver loop = claimForLoop();
    queue.send(USR1);
    assertFalse(loop.beginWait());
    assertEquals(USR1, loop.poll());
    assertTrue(loop.beginWait());
    loop.endWait();
  }

  @Test
  void sendWhileAWaitOutsideStartsIsNotMissed() {
    for (String access : new String[] {"sleep", "cas 0->2"}) {
      ScriptedWords fresh = new ScriptedWords();
      SignalQueue freshQueue = SignalQueue.on(fresh);
      Receiver loop = freshQueue.claim(new ScriptedStrategy(7));
      fresh.before(access, () -> freshQueue.send(USR1));
      assertFalse(loop.beginWait(), access);
      assertEquals(USR1, loop.poll());
      assertEquals(0, fresh.noteVolatile());
    }
  }

  @Test
  void waitOutsideNeedsADescriptor() {
    assertThrows(IllegalStateException.class, receiver::beginWait);
    assertState(ACTIVE);
  }

  @Test
  void numbersThatAreNoSignalsAreRefusedAndChangeNothing() {
    for (int bad : new int[] {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> queue.send(bad));
    }
    assertState(ACTIVE);
    assertEquals(0, receiver.poll());
  }

  @Test
  void secondClaimIsRefusedAndChangesNothing() throws Exception {
    ScriptedStrategy second = new ScriptedStrategy(7);
    FutureTask<Integer> received = start(() -> receiver.receive());
    awaitState(WAITING);
    assertThrows(IllegalStateException.class, () -> queue.claim(second));
    assertState(WAITING);
    assertEquals(1, second.closed); // its note was freed
    queue.send(USR1);
    assertEquals(USR1, received.get());
  }

  @Test
  void claimOfAnAwakeQueueIsRefused() {
    assertThrows(IllegalStateException.class, () -> queue.claim(ParkingStrategies.SPIN));
    assertState(ACTIVE);
  }

  @Test
  void claimOpensAClosedQueueWithWhatItHolds() {
    receiver.close();
    assertFalse(queue.send(USR1));
    Receiver second = queue.claim(ParkingStrategies.PARK);
    assertState(PENDING);
    assertEquals(USR1, second.poll());
    assertTrue(queue.send(TERM));
  }

  @Test
  void openQueueIsNotClosed() {
    assertFalse(queue.isClosed());
    receiver.close();
    assertTrue(queue.isClosed());
    queue.claim(ParkingStrategies.PARK);
    assertFalse(queue.isClosed());
  }

  @Test
  void refusalsSayWhatIsInTheWay() {
    Receiver loop = claimForLoop();
    assertTrue(loop.beginWait());
    IllegalStateException waiting = assertThrows(IllegalStateException.class, loop::poll);
    assertEquals("a wait has begun; end it first", waiting.getMessage());
    loop.close();
    IllegalStateException ended = assertThrows(IllegalStateException.class, loop::poll);
    assertEquals("this receiver has ended", ended.getMessage());
  }

  @Test
  void wordsOnTheHeapSleepByParking() {
    assertEquals(ParkingStrategies.PARK, words.sleeper());
  }

  @Test
  void endedReceiverReceivesNothingFromTheNext() {
    receiver.close();
    Receiver second = queue.claim(ParkingStrategies.PARK);
    queue.send(USR1);
    assertThrows(IllegalStateException.class, receiver::receive);
    assertThrows(IllegalStateException.class, receiver::poll);
    assertThrows(IllegalStateException.class, () -> receiver.receiveSet(0));
    assertThrows(IllegalStateException.class, receiver::receiveSetUninterruptibly);
    receiver.close(); // does not close it for the next
    receiver.endWait();
    assertEquals(USR1, second.poll());
  }

  @Test
  void endOfTheRoleFreesTheNoteOnce() {
    receiver.close();
    ScriptedStrategy strategy = new ScriptedStrategy(7);
    Receiver loop = queue.claim(strategy);
    loop.poll();
    assertTrue(loop.beginWait());
    loop.close(); // ends the wait, too
    loop.close();
    assertState(CLOSED);
    assertEquals(1, strategy.closed);
    assertEquals(0, words.noteVolatile());
  }

  @Test
  void endOfTheRoleIsRefusedWhileAThreadReceives() throws Exception {
    FutureTask<Integer> received = start(() -> receiver.receive());
    awaitState(WAITING);
    assertThrows(IllegalStateException.class, receiver::close);
    queue.send(USR1);
    assertEquals(USR1, received.get());
    receiver.close();
    assertState(CLOSED);
  }

  @Test
  void waitOutsideIsRefusedWhileThePrivateCopyHoldsASignal() {
    Receiver loop = claimForLoop();
    queue.send(HUP);
    queue.send(USR1);
    assertEquals(HUP, loop.poll());
    assertFalse(loop.beginWait());
    assertEquals(USR1, loop.poll());
    assertTrue(loop.beginWait());
  }

  @Test
  void receiveDuringAWaitOutsideIsRefused() {
    Receiver loop = claimForLoop();
    assertTrue(loop.beginWait());
    assertThrows(IllegalStateException.class, loop::poll);
    assertThrows(IllegalStateException.class, loop::beginWait);
    loop.endWait();
    assertEquals(0, loop.poll());
  }

  @Test
  void endOfAWaitThatWasNotBegunDoesNothing() {
    Receiver loop = claimForLoop();
    loop.endWait();
    queue.close();
    assertFalse(loop.beginWait());
    loop.endWait();
    assertEquals(0, loop.poll());
  }

  /** The role on the same words, with a strategy that has a descriptor; nothing is announced. */
  private Receiver claimForLoop() {
    receiver.close();
    Receiver loop = queue.claim(new ScriptedStrategy(7));
    assertEquals(0, loop.poll());
    return loop;
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
