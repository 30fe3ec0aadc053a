package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigqueue.jni.ExclusiveReceiver.PID;
import static org.sigqueue.jni.ExclusiveReceiver.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.Loan;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.Note;

/** A borrower of the receiver's role that waits in the kernel, as the receiver does. */
@Timeout(120)
class ExclusiveLoanTest {
  private static final int STATE = 72; // the offset of the state in the block, and its values
  private static final int WAITING = 2;
  private static final int LENT = 4;
  private static final int USR1 = 10;
  private static final int USR2 = 12;
  private static final int REAL_TIME = 45;
  private static final int MANY = 200;

  private ExclusiveReceiver receiver;
  private SharedBlock block;
  private Loan loan;
  private final AtomicInteger tid = new AtomicInteger(); // the borrower's
  private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

  @BeforeEach
  void startReceiver() {
    receiver = new ExclusiveReceiver();
    block = receiver.block;
    loan = receiver.loan();
    receiver.start(USR1);
  }

  @AfterEach
  void nothingIsLeft() {
    receiver.close();
    assertFalse(block.hasSignalsInKernel());
    receiver.awaitNothingReserved();
    receiver.awaitNoTrouble();
    assertEquals(0, block.inconsistencies());
  }

  @Test
  void signalWakesTheBorrowerAlone() throws Exception {
    FutureTask<@Nullable Void> borrower =
        start(() -> {
          for (int i = 0; i < MANY; i++) {
            assertEquals(Loan.Result.ROLE, borrowAgain());
            assertEquals(SignalSet.bit(USR1), loan.take());
            assertTrue(loan.giveBack(true));
          }
          return null;
        });
    long before = 0;
    for (int i = 0; i < MANY; i++) {
      awaitWait();
      before = i == MANY / 2 ? wakeups(receiver.tid()) : before;
      long accepted = block.accepted(USR1);
      receiver.source.sender().kill(PID, USR1);
      await(() -> block.accepted(USR1) > accepted);
    }
    borrower.get();
    // By rt_sigtimedwait in both threads it would be one for each signal.
    assertTrue(wakeups(receiver.tid()) - before < MANY / 4);
    block.queue().announce();
    receiver.await(MANY);
    List<Occurrence> seen = receiver.seen();
    assertEquals(MANY, seen.size());
    assertTrue(seen.stream().skip(MANY / 2).filter(it -> it.tid == tid.get()).count() > MANY / 4);
    assertEquals(MANY, receiver.seen().stream().filter(it -> it.pid == PID).count());
  }

  @Test
  void receiverThatTheKernelHasChosenStandsAsideOnceAndComesBack() throws Exception {
    for (int i = 0; i < MANY; i++) {
      receiver.sendAndReceive(USR1); // by the receiver, which is asked first from now on
      FutureTask<Loan.Result> borrower = start(() -> serve(borrowAgain()));
      awaitWait();
      receiver.sendAndReceive(USR1);
      assertEquals(Loan.Result.ROLE, borrower.get());
    }
  }

  @Test
  void timeoutEndsTheLoanAndTheReceiverGoesOn() throws Exception {
    for (int i = 0; i < MANY; i++) {
      await(() -> state() == WAITING);
      Loan.Result result = start(() -> serve(loan.borrow(10_000, () -> false))).get();
      assertFalse(result == Loan.Result.ROLE);
      receiver.sendAndReceive(USR1);
    }
  }

  @Test
  void interruptEndsTheLoanAndTheReceiverGoesOn() throws Exception {
    FutureTask<Loan.Result> borrower = start(() -> serve(borrowAgain()));
    awaitWait();
    Objects.requireNonNull(thread.get()).interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, borrower::get);
    assertEquals(InterruptedException.class, thrown.getCause().getClass());
    receiver.sendAndReceive(USR1);
  }

  @Test
  void recallEndsTheLoanAndTheReceiverGoesOn() throws Exception {
    FutureTask<Loan.Result> borrower = start(() -> serve(borrowAgain()));
    awaitWait();
    loan.recall();
    assertEquals(Loan.Result.ENDED, borrower.get());
    receiver.sendAndReceive(USR1);
  }

  @Test
  void closeOfTheQueueEndsTheLoan() throws Exception {
    FutureTask<Loan.Result> borrower = start(() -> serve(borrowAgain()));
    awaitWait();
    receiver.stop(USR1); // a bare announcement
    assertEquals(Loan.Result.ROLE, borrower.get());
    borrower = start(() -> serve(borrowAgain()));
    await(() -> state() == LENT);
    block.queue().close();
    assertEquals(Loan.Result.ENDED, borrower.get());
  }

  @Test
  void sendersOfAllKindsWakeTheBorrower() throws Exception {
    receiver.install(USR2); // by the handler, on whatever thread
    for (int i = 0; i < MANY; i++) {
      FutureTask<Loan.Result> borrower = start(() -> serve(borrowAgain()));
      awaitWait();
      receiver.sendAndReceive(i % 2 == 0 ? USR2 : USR1);
      assertEquals(Loan.Result.ROLE, borrower.get());
    }
  }

  @Test
  void signalThatBecomesExclusiveWhileLentIsWaitedForByTheReceiver() throws Exception {
    FutureTask<Loan.Result> borrower = start(() -> serve(borrowAgain()));
    awaitWait();
    receiver.start(REAL_TIME);
    assertEquals(Loan.Result.ROLE, borrower.get());
    borrower = start(() -> serve(borrowAgain()));
    awaitWait();
    receiver.sendAndReceive(REAL_TIME);
    assertEquals(Loan.Result.ROLE, borrower.get());
    assertEquals(receiver.tid(), receiver.seen().get(receiver.seen().size() - 1).tid);
  }

  @Test
  void realTimeSignalsKeepTheirOrderBesideABorrower() throws Exception {
    receiver.start(REAL_TIME);
    AtomicBoolean done = new AtomicBoolean();
    FutureTask<@Nullable Void> borrower = start(() -> borrowUntil(done));
    int burst = 20_000;
    for (int value = 0; value < burst; value++) {
      while (Shim.sigqueue(PID, REAL_TIME, value) != 0) {
        TimeUnit.MICROSECONDS.sleep(100); // the queue of the kernel is full
      }
      if (value % 100 == 0) {
        receiver.source.sender().kill(PID, USR1);
      }
    }
    await(() -> values().size() >= burst);
    done.set(true);
    block.queue().announce();
    borrower.get();
    List<Long> values = values();
    for (int value = 0; value < burst; value++) {
      assertEquals(value, values.get(value));
    }
  }

  @Test
  void nothingIsLostWhileABorrowerComesAndGoes() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    long before = block.accepted(USR1);
    FutureTask<@Nullable Void> borrower = start(() -> borrowUntil(done));
    await(() -> thread.get() != null);
    for (int i = 0; i < 20_000; i++) {
      receiver.source.sender().kill(PID, USR1);
      if (i % 64 == 0) {
        loan.recall();
        Objects.requireNonNull(thread.get()).interrupt();
        TimeUnit.MICROSECONDS.sleep(50);
      }
    }
    done.set(true);
    block.queue().announce();
    borrower.get();
    receiver.sendAndReceive(USR1);
    await(() -> receiver.seen().size() == block.accepted(USR1) - before);
  }

  private List<Long> values() {
    return receiver.seen().stream()
        .filter(it -> it.signal == REAL_TIME)
        .map(it -> it.value)
        .toList();
  }

  private @Nullable Void borrowUntil(AtomicBoolean done) {
    for (long timeout = 1; !done.get(); timeout = timeout % 200_000 + 777) {
      try {
        serve(loan.borrow(timeout, () -> false));
      } catch (InterruptedException e) {
        // Of the test.
      }
    }
    return null;
  }

  /** The ring is the receiver's, so it gets the role back awake. */
  private Loan.Result serve(Loan.Result result) {
    if (result == Loan.Result.ROLE) {
      long unused = loan.take();
      assertFalse(loan.giveBack(false));
    }
    return result;
  }

  private Loan.Result borrowAgain() throws InterruptedException {
    tid.set(Shim.gettid());
    Loan.Result result = Loan.Result.REFUSED;
    while (result == Loan.Result.REFUSED) {
      result = loan.borrow(Note.FOREVER, () -> false);
    }
    return result;
  }

  private <T> FutureTask<T> start(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    tid.set(0);
    Thread started = new Thread(task, "borrower");
    thread.set(started);
    started.setDaemon(true);
    started.start();
    return task;
  }

  /** Until the borrower waits in the kernel. */
  private void awaitWait() {
    await(() -> {
      int borrower = tid.get();
      return state() == LENT
          && borrower != 0
          && block.isSleeper(borrower)
          && isAsleep(borrower)
          && isAsleep(receiver.tid());
    });
  }

  private int state() {
    return block.memory().getInt(STATE);
  }

  private boolean isAsleep(int task) {
    ThreadLook look = ThreadLook.at(task, block);
    return look != null && look.state() == 'S';
  }

  private static long wakeups(int task) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/task/" + task + "/status"))) {
      if (line.startsWith("voluntary_ctxt_switches:")) {
        return Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    throw new AssertionError("no number of wake-ups");
  }
}
