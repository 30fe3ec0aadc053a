package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigqueue.core.Loan.Result.ENDED;
import static org.sigqueue.core.Loan.Result.REFUSED;
import static org.sigqueue.core.Loan.Result.ROLE;
import static org.sigqueue.core.SignalQueue.ACTIVE;
import static org.sigqueue.core.SignalQueue.CLOSED;
import static org.sigqueue.core.SignalQueue.LENT;
import static org.sigqueue.core.SignalQueue.PENDING;
import static org.sigqueue.core.SignalQueue.WAITING;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * Every row of the transition table in {@link SignalQueue} that a loan of the role takes part in.
 */
@Timeout(120)
class LoanTest {
  private static final int USR1 = 10;
  private static final int TERM = 15;
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final ScriptedWords words = new ScriptedWords();
  private final SignalQueue queue = SignalQueue.on(words);
  private final Receiver receiver = queue.claim(ParkingStrategies.PARK);
  private final Loan loan = receiver.loan();
  private final AtomicInteger looks = new AtomicInteger(); // that the owner has returned from
  private FutureTask<Long> owner = new FutureTask<>(() -> 0L);

  /** The owner sleeps. */
  @BeforeEach
  void sleep() {
    owner = start(this::receive);
    awaitState(WAITING);
  }

  @AfterEach
  void end() throws Exception {
    queue.close();
    owner.get();
    assertEquals(0, words.noteVolatile());
    assertTrue(words.casLoan(null, null)); // nobody is left in the place of a borrower
  }

  private long receive() throws InterruptedException {
    long bits = receiver.receiveSet(Note.FOREVER);
    looks.incrementAndGet();
    return bits;
  }

  @Test
  void sendWhileLentWakesTheBorrowerAlone() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    assertTrue(queue.send(USR1));
    assertEquals(ROLE, borrower.get());
    assertState(ACTIVE);
    assertEquals(SignalSet.of(USR1).bits(), loan.take());
    loan.giveBack(true);
    assertState(WAITING);
    assertEquals(0, looks.get()); // the owner has never woken
    assertEquals(0, words.noteVolatile() & NoteWord.WOKEN);
  }

  @Test
  void ownerThatGotTheRoleBackAsleepIsWokenByTheNext() throws Exception {
    giveBackAfter(USR1, true);
    assertTrue(queue.send(TERM));
    assertEquals(SignalSet.of(TERM).bits(), owner.get());
    assertState(ACTIVE);
  }

  @Test
  void roleIsLentAgainAndAgain() throws Exception {
    for (int i = 0; i < 3; i++) {
      giveBackAfter(USR1, true);
    }
    assertEquals(0, looks.get());
  }

  @Test
  void roleGivenBackAwakeWakesTheOwner() throws Exception {
    giveBackAfter(USR1, false);
    assertEquals(0, owner.get());
    assertState(ACTIVE);
  }

  @Test
  void whatIsSentToABorrowerWithTheRoleWakesTheOwnerWhenItIsGivenBack() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.send(USR1);
    assertEquals(ROLE, borrower.get());
    assertEquals(SignalSet.of(USR1).bits(), loan.take());
    queue.send(TERM);
    assertState(PENDING);
    loan.giveBack(true);
    assertEquals(SignalSet.of(TERM).bits(), owner.get());
  }

  @Test
  void sendThatMeetsTheRoleOnItsWayBackIsNotMissed() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.send(USR1);
    assertEquals(ROLE, borrower.get());
    loan.take();
    words.before("cas 0->2", () -> queue.send(TERM));
    loan.giveBack(true);
    assertTrue(words.isDone());
    assertEquals(SignalSet.of(TERM).bits(), owner.get());
  }

  @Test
  void nothingIsLentWhileASignalIsPending() throws Exception {
    words.orMask(SignalSet.bit(USR1)); // a sender that has not announced yet
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
    assertState(WAITING);
    words.swapMask();
  }

  @Test
  void nothingIsLentByAnOwnerThatIsAwake() throws Exception {
    queue.announce();
    owner.get();
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
    assertState(ACTIVE);
  }

  @Test
  void nothingIsLentForNoTime() throws Exception {
    assertEquals(REFUSED, loan.borrow(0, LoanTest::noNews));
    assertEquals(REFUSED, loan.borrow(-1, LoanTest::noNews));
    assertState(WAITING);
  }

  @Test
  void secondBorrowerIsRefused() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
    assertState(LENT);
    loan.recall();
    assertEquals(ENDED, borrower.get());
  }

  @Test
  void secondBorrowerIsRefusedUntilTheRoleIsGivenBack() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.send(USR1);
    assertEquals(ROLE, borrower.get());
    loan.take();
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
    loan.giveBack(true);
    assertEquals(ENDED, loan.borrow(MILLI, LoanTest::noNews));
  }

  @Test
  void newsOfBeforeTheLoanEndIt() throws Exception {
    assertEquals(ENDED, loan.borrow(Note.FOREVER, () -> words.stateVolatile() == LENT));
    assertState(WAITING);
  }

  @Test
  void newsThatLoseAgainstSendBringTheRole() throws Exception {
    assertEquals(
        ROLE,
        loan.borrow(
            Note.FOREVER,
            () -> {
              queue.send(USR1);
              return true;
            }));
    assertEquals(SignalSet.of(USR1).bits(), loan.take());
    loan.giveBack(true);
    assertEquals(0, looks.get());
  }

  @Test
  void newsThatFailLeaveNothingLent() {
    assertThrows(
        StackOverflowError.class,
        () ->
            loan.borrow(
                Note.FOREVER,
                () -> {
                  throw new StackOverflowError();
                }));
    assertState(WAITING);
  }

  @Test
  void newsThatFailAfterASendGiveTheRoleBackAwake() throws Exception {
    assertThrows(
        StackOverflowError.class,
        () ->
            loan.borrow(
                Note.FOREVER,
                () -> {
                  queue.send(USR1);
                  throw new StackOverflowError();
                }));
    assertEquals(SignalSet.of(USR1).bits(), owner.get());
  }

  @Test
  void timedLoanIsTakenBack() throws Exception {
    assertEquals(ENDED, loan.borrow(MILLI, LoanTest::noNews));
    assertState(WAITING);
    assertEquals(0, looks.get());
  }

  @Test
  void timeoutThatLosesAgainstSendBringsTheRole() throws Exception {
    words.before("cas 4->2", () -> queue.send(USR1)); // the borrower's own, after its time is over
    assertEquals(ROLE, loan.borrow(MILLI, LoanTest::noNews));
    assertEquals(SignalSet.of(USR1).bits(), loan.take());
    loan.giveBack(true);
    assertEquals(
        ENDED, loan.borrow(MILLI, LoanTest::noNews)); // and the next loan is not woken by it
  }

  @Test
  void timeoutThatLosesAgainstRecallConsumesItsWakeup() throws Exception {
    words.before("cas 4->2", loan::recall);
    assertEquals(ENDED, loan.borrow(MILLI, LoanTest::noNews));
    assertEquals(ENDED, loan.borrow(MILLI, LoanTest::noNews));
    assertState(WAITING);
  }

  @Test
  void interruptEndsTheLoan() throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    FutureTask<Loan.Result> borrower =
        start(() -> {
          thread.set(Thread.currentThread());
          return loan.borrow(Note.FOREVER, LoanTest::noNews);
        });
    awaitState(LENT);
    thread.get().interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, borrower::get);
    assertEquals(InterruptedException.class, thrown.getCause().getClass());
    assertState(WAITING);
  }

  @Test
  void interruptThatLosesAgainstSendBringsTheRoleAndStaysSet() throws Exception {
    words.before("cas 4->2", () -> queue.send(USR1));
    Thread.currentThread().interrupt();
    assertEquals(ROLE, loan.borrow(Note.FOREVER, LoanTest::noNews));
    assertTrue(Thread.interrupted());
    loan.take();
    loan.giveBack(true);
  }

  @Test
  void interruptDoesNotHideNews() throws Exception {
    Thread.currentThread().interrupt();
    assertEquals(ENDED, loan.borrow(Note.FOREVER, () -> true));
    assertTrue(Thread.interrupted());
  }

  @Test
  void recallEndsTheLoanWithoutTheRole() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    loan.recall();
    loan.recall(); // once is enough
    assertEquals(ENDED, borrower.get());
    assertState(WAITING);
    assertEquals(0, looks.get());
  }

  @Test
  void recallThatLosesAgainstSendDoesNothing() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    words.before("cas 4->2", () -> queue.send(USR1));
    loan.recall();
    assertEquals(ROLE, borrower.get());
    loan.take();
    loan.giveBack(true);
  }

  @Test
  void recallOfNothingDoesNothing() {
    loan.recall();
    assertState(WAITING);
  }

  @Test
  void bareAnnouncementBringsTheRole() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.announce();
    assertEquals(ROLE, borrower.get());
    assertEquals(0, loan.take());
    loan.giveBack(false);
    assertEquals(0, owner.get());
  }

  @Test
  void closeWhileLentWakesBoth() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.close();
    assertEquals(ENDED, borrower.get());
    assertEquals(0, owner.get());
    assertState(CLOSED);
  }

  @Test
  void closeWhileTheBorrowerHasTheRoleWakesTheOwnerWhenItIsGivenBack() throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.send(USR1);
    assertEquals(ROLE, borrower.get());
    loan.take();
    queue.send(TERM);
    queue.close();
    assertEquals(0, looks.get());
    loan.giveBack(true);
    assertEquals(SignalSet.of(TERM).bits(), owner.get());
  }

  @Test
  void nothingIsLentByAQueueThatIsClosed() throws Exception {
    queue.close();
    assertEquals(0, owner.get());
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
  }

  @Test
  void nothingIsLentByAnOwnerThatHasEnded() throws Exception {
    queue.announce();
    owner.get();
    receiver.close();
    Receiver second = queue.claim(ParkingStrategies.PARK);
    assertEquals(0, second.poll()); // what opened the queue
    owner = start(() -> second.receiveSet(Note.FOREVER));
    awaitState(WAITING);
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
    assertState(WAITING);
    // A signal that comes to such a borrower goes to the thread that has the role.
    words.before("cas 4->2", () -> queue.send(USR1));
    assertEquals(REFUSED, loan.borrow(Note.FOREVER, LoanTest::noNews));
    assertTrue(words.isDone());
    assertEquals(SignalSet.of(USR1).bits(), owner.get());
  }

  @Test
  void ownerWhoseTimeIsOverTakesTheRoleFromTheBorrower() throws Exception {
    queue.announce();
    owner.get();
    Loan.Result result = REFUSED;
    // Longer and longer: the time of the owner may be over before a thread of this test comes.
    for (long millis = 100; result == REFUSED && millis < 100_000; millis *= 4) {
      startTimedOwner(millis);
      result = start(() -> loan.borrow(Note.FOREVER, LoanTest::noNews)).get();
      assertEquals(0, owner.get());
      assertState(ACTIVE);
    }
    assertEquals(ENDED, result);
  }

  @Test
  void ownerWhoseTimeIsOverAwaitsABorrowerThatHasTheRole() throws Exception {
    queue.announce();
    owner.get();
    long millis = 100;
    while (!borrowsFromATimedOwner(millis)) { // too slow: see above
      millis *= 4;
      assertTrue(millis < 100_000);
    }
    long longer = 2 * millis;
    assertThrows(TimeoutException.class, () -> owner.get(longer, TimeUnit.MILLISECONDS));
    assertEquals(SignalSet.of(USR1).bits(), loan.take());
    loan.giveBack(true);
    assertEquals(0, owner.get());
    assertState(ACTIVE);
  }

  @Test
  void interruptedOwnerTakesTheRoleFromTheBorrower() throws Exception {
    queue.announce();
    owner.get();
    AtomicReference<Thread> thread = new AtomicReference<>();
    FutureTask<Long> interrupted =
        start(() -> {
          thread.set(Thread.currentThread());
          return receiver.receiveSet(Note.FOREVER);
        });
    awaitState(WAITING);
    FutureTask<Loan.Result> borrower = borrow();
    thread.get().interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, interrupted::get);
    assertEquals(InterruptedException.class, thrown.getCause().getClass());
    assertEquals(ENDED, borrower.get());
    assertState(ACTIVE);
  }

  @Test
  void ownerWhoseNoteFailsTakesTheRoleFromTheBorrower() throws Exception {
    FailingStrategy failing = new FailingStrategy();
    Receiver fails = claim(failing);
    FutureTask<Long> failed = start(() -> fails.receiveSet(Note.FOREVER));
    awaitState(WAITING);
    FutureTask<Loan.Result> borrower =
        start(() -> fails.loan().borrow(Note.FOREVER, LoanTest::noNews));
    awaitState(LENT);
    failing.fail(0);
    ExecutionException thrown = assertThrows(ExecutionException.class, failed::get);
    assertEquals(InconsistentStateException.class, thrown.getCause().getClass());
    assertEquals(ENDED, borrower.get());
    assertState(ACTIVE);
    fails.close();
    assertState(CLOSED);
  }

  @Test
  void ownerWhoseNoteFailsAwaitsABorrowerThatHasTheRole() throws Exception {
    for (boolean asleep : new boolean[] {true, false}) {
      FailingStrategy failing = new FailingStrategy();
      Receiver fails = claim(failing);
      FutureTask<Long> failed = start(() -> fails.receiveSet(Note.FOREVER));
      awaitState(WAITING);
      FutureTask<Loan.Result> borrower =
          start(() -> fails.loan().borrow(Note.FOREVER, LoanTest::noNews));
      awaitState(LENT);
      queue.send(USR1);
      assertEquals(ROLE, borrower.get());
      failing.fail(0);
      while (!failing.hasFailed) {
        Thread.onSpinWait();
      }
      assertThrows(TimeoutException.class, () -> failed.get(50, TimeUnit.MILLISECONDS));
      assertEquals(SignalSet.of(USR1).bits(), fails.loan().take());
      fails.loan().giveBack(asleep);
      ExecutionException thrown = assertThrows(ExecutionException.class, failed::get);
      assertEquals(InconsistentStateException.class, thrown.getCause().getClass());
      assertState(ACTIVE);
      assertEquals(0, words.noteVolatile());
      fails.close();
    }
  }

  @Test
  void borrowerWhoseNoteFailsLeavesNothingLent() throws Exception {
    FailingStrategy failing = new FailingStrategy();
    Receiver fails = claim(failing);
    owner = start(() -> fails.receiveSet(Note.FOREVER));
    awaitState(WAITING);
    FutureTask<Loan.Result> borrower =
        start(() -> fails.loan().borrow(Note.FOREVER, LoanTest::noNews));
    awaitState(LENT);
    failing.fail(1);
    assertThrows(ExecutionException.class, borrower::get);
    assertState(WAITING);
    queue.send(USR1);
    assertEquals(SignalSet.of(USR1).bits(), owner.get());
    fails.close();
    assertEquals(2, failing.closed);
  }

  @Test
  void noteOfTheBorrowerIsFreedWhenTheOwnerHasEnded() throws Exception {
    ScriptedStrategy strategy = new ScriptedStrategy(7);
    Receiver loop = claim(strategy);
    assertTrue(loop.beginWait());
    assertEquals(ENDED, loop.loan().borrow(MILLI, LoanTest::noNews));
    assertEquals(0, strategy.closed);
    loop.close();
    assertEquals(2, strategy.closed);
  }

  @Test
  void noteOfABorrowerThatIsStillThereIsFreedWhenItLeaves() throws Exception {
    ScriptedStrategy strategy = new ScriptedStrategy(7);
    Receiver loop = claim(strategy);
    assertTrue(loop.beginWait());
    strategy.whileBlocked =
        () -> {
          loop.close(); // takes the role back, and ends it
          assertEquals(1, strategy.closed);
        };
    assertEquals(ENDED, loop.loan().borrow(Note.FOREVER, LoanTest::noNews));
    assertEquals(2, strategy.closed);
    assertState(CLOSED);
  }

  @Test
  void waitOutsideThatIsLentIsTakenBack() throws Exception {
    Receiver loop = claim(new ScriptedStrategy(7));
    assertTrue(loop.beginWait());
    FutureTask<Loan.Result> borrower =
        start(() -> loop.loan().borrow(Note.FOREVER, LoanTest::noNews));
    awaitState(LENT);
    loop.endWait();
    assertEquals(ENDED, borrower.get());
    assertState(ACTIVE);
    queue.send(USR1);
    assertEquals(USR1, loop.poll());
  }

  /** The role on the same words, with another strategy; nothing is announced. */
  private Receiver claim(ParkingStrategy strategy) throws Exception {
    queue.announce();
    owner.get();
    receiver.close();
    Receiver other = queue.claim(strategy);
    assertEquals(0, other.poll());
    return other;
  }

  private void startTimedOwner(long millis) {
    owner = start(() -> receiver.receiveSet(millis * MILLI));
    while (words.stateVolatile() != WAITING && !owner.isDone()) {
      Thread.onSpinWait();
    }
  }

  /** Whether a borrower has got the role, with a signal, before the time of its owner is over. */
  private boolean borrowsFromATimedOwner(long millis) throws Exception {
    startTimedOwner(millis);
    FutureTask<Loan.Result> borrower = start(() -> loan.borrow(Note.FOREVER, LoanTest::noNews));
    while (words.stateVolatile() != LENT && !borrower.isDone()) {
      Thread.onSpinWait();
    }
    queue.send(USR1);
    if (borrower.get() == ROLE) {
      return true;
    }
    owner.get();
    receiver.poll();
    return false;
  }

  private FutureTask<Loan.Result> borrow() {
    FutureTask<Loan.Result> borrower = start(() -> loan.borrow(Note.FOREVER, LoanTest::noNews));
    awaitState(LENT);
    return borrower;
  }

  private void giveBackAfter(int signal, boolean asleep) throws Exception {
    FutureTask<Loan.Result> borrower = borrow();
    queue.send(signal);
    assertEquals(ROLE, borrower.get());
    assertEquals(SignalSet.of(signal).bits(), loan.take());
    loan.giveBack(asleep);
  }

  private void assertState(int expected) {
    assertEquals(expected, words.stateVolatile());
  }

  private void awaitState(int expected) {
    while (words.stateVolatile() != expected) {
      Thread.onSpinWait();
    }
  }

  private static boolean noNews() {
    return false;
  }

  private static <T> FutureTask<T> start(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    new Thread(task).start();
    return task;
  }

  /** Notes whose sleep fails when a test asks for it: the first is the owner's. */
  private static final class FailingStrategy implements ParkingStrategy {
    private volatile int failing = -1;
    private volatile boolean hasFailed;
    private int notes;
    private int closed;

    void fail(int note) {
      failing = note;
    }

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public Note newNote(NoteWord word) {
      int number = notes++;
      return new Note(word) {
        @Override
        public WakeMethod wakeMethod() {
          return WakeMethod.WORD;
        }

        @Override
        protected void block(long timeoutNanos) {
          if (failing == number) {
            hasFailed = true;
            throw new InconsistentStateException("the note has failed");
          }
          Thread.onSpinWait();
        }

        @Override
        protected void unblock() {}

        @Override
        public void close() {
          closed++;
          assertFalse(isWoken());
        }
      };
    }
  }
}
