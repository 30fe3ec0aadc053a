package org.sigqueue.core.park;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.SharedBlock;

/**
 * The contract of every {@link Note}. Authors of a {@link ParkingStrategy} extend it, name their
 * strategy, and let JUnit run it.
 */
@Timeout(120)
public abstract class NoteContractTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private long begin;
  private NoteWord word;
  private Note note;

  /** For subclasses. */
  protected NoteContractTest() {}

  /** The strategy under test. */
  protected abstract ParkingStrategy strategy();

  @BeforeEach
  void createNote() {
    begin = System.nanoTime();
    word = SharedBlock.allocate(1);
    note = strategy().newNote(word);
  }

  @AfterEach
  void closeNote() {
    note.close();
  }

  @Test
  void nameIsFitForTheCommandLine() {
    assertTrue(strategy().name().matches("[a-z][a-z0-9-]*"), strategy().name());
  }

  @Test
  void wakeupBeforeSleepIsNotLost() {
    note.wakeup();
    assertTrue(note.sleep(Note.FOREVER));
  }

  @Test
  void wakeupEndsSleep() throws Exception {
    FutureTask<Boolean> sleeper = startSleep(Note.FOREVER);
    note.wakeup();
    assertTrue(sleeper.get());
  }

  @Test
  void wakeupEndsTimedSleepEarly() throws Exception {
    FutureTask<Boolean> sleeper = startSleep(TimeUnit.HOURS.toNanos(1));
    note.wakeup();
    assertTrue(sleeper.get());
  }

  @Test
  void sleepStaysOverAfterTheWakeupUntilCleared() {
    note.wakeup();
    assertTrue(note.sleep(Note.FOREVER));
    assertTrue(note.sleep(Note.FOREVER));
    note.clear();
    assertFalse(note.sleep(MILLI));
  }

  @Test
  void timedSleepLastsItsTime() {
    long start = System.nanoTime();
    assertFalse(note.sleep(20 * MILLI));
    assertTrue(System.nanoTime() - start >= 20 * MILLI);
  }

  @Test
  void sleepWithoutTimeLeftDoesNotSleep() {
    assertFalse(note.sleep(0));
    assertFalse(note.sleep(-1));
    assertFalse(note.sleep(Long.MIN_VALUE));
  }

  @Test
  void wakeupAfterATimeoutReachesTheNextSleep() {
    assertFalse(note.sleep(MILLI));
    note.wakeup();
    assertTrue(note.sleep(Note.FOREVER));
  }

  @Test
  void interruptEndsSleepAndStaysSet() throws Exception {
    interruptSleep();
  }

  private void interruptSleep() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    FutureTask<Boolean> task =
        new FutureTask<>(() -> {
          boolean woken = note.sleep(Note.FOREVER);
          seen.set(Thread.currentThread().isInterrupted() ? 1 : 0);
          return woken;
        });
    Thread thread = new Thread(task);
    thread.start();
    awaitSleeping();
    thread.interrupt();
    assertFalse(task.get());
    assertEquals(1, seen.get());
  }

  @Test
  void interruptedThreadDoesNotSleep() {
    Thread.currentThread().interrupt();
    assertFalse(note.sleep(Note.FOREVER));
    assertTrue(Thread.interrupted());
  }

  @Test
  void interruptDoesNotHideAWakeup() {
    note.wakeup();
    Thread.currentThread().interrupt();
    assertTrue(note.sleep(Note.FOREVER));
    assertTrue(Thread.interrupted());
  }

  @Test
  void sleepAfterAnInterruptSleepsAgain() throws Exception {
    interruptSleep();
    FutureTask<Boolean> sleeper = startSleep(Note.FOREVER);
    note.wakeup();
    assertTrue(sleeper.get());
  }

  @Test
  void interruptDoesNotEndAnUninterruptibleSleep() throws Exception {
    FutureTask<Boolean> sleeper =
        new FutureTask<>(() -> {
          note.sleepUninterruptibly();
          return Thread.currentThread().isInterrupted();
        });
    Thread thread = new Thread(sleeper);
    thread.start();
    awaitSleeping();
    thread.interrupt();
    assertThrows(TimeoutException.class, () -> sleeper.get(100, TimeUnit.MILLISECONDS));
    note.wakeup();
    assertFalse(sleeper.get());
  }

  @Test
  void interruptedThreadSleepsUninterruptibly() throws Exception {
    FutureTask<Boolean> sleeper =
        new FutureTask<>(() -> {
          Thread.currentThread().interrupt();
          note.sleepUninterruptibly();
          return Thread.currentThread().isInterrupted();
        });
    new Thread(sleeper).start();
    awaitSleeping();
    assertThrows(TimeoutException.class, () -> sleeper.get(100, TimeUnit.MILLISECONDS));
    note.wakeup();
    assertFalse(sleeper.get());
  }

  @Test
  void wakeupBeforeAnUninterruptibleSleepIsNotLost() {
    note.wakeup();
    note.sleepUninterruptibly();
  }

  @Test
  void strayUnparkDoesNotEndSleep() throws Exception {
    FutureTask<Boolean> task = new FutureTask<>(() -> note.sleep(30 * MILLI));
    Thread thread = new Thread(task);
    thread.start();
    while (!task.isDone()) {
      LockSupport.unpark(thread);
    }
    assertFalse(task.get());
  }

  @Test
  void secondWakeupIsRefused() {
    note.wakeup();
    assertThrows(InconsistentStateException.class, note::wakeup);
  }

  @Test
  void eachRoundDeliversItsWakeupAndWhatWasWrittenBeforeIt() throws Exception {
    int[] payload = new int[1]; // plain: ordered by the notes alone; 0 is the end
    Note back = strategy().newNote(SharedBlock.allocate(1));
    FutureTask<Integer> echo =
        new FutureTask<>(() -> {
          int errors = 0;
          for (int round = 1; ; round++) {
            note.sleep(Note.FOREVER);
            note.clear();
            if (payload[0] == 0) {
              return errors;
            }
            errors += payload[0] == round ? 0 : 1;
            payload[0] = -round;
            back.wakeup();
          }
        });
    new Thread(echo).start();
    int errors = 0;
    for (int round = 1; isWorthARound(round, 20_000); round++) {
      payload[0] = round;
      note.wakeup();
      back.sleep(Note.FOREVER);
      back.clear();
      errors += payload[0] == -round ? 0 : 1;
    }
    payload[0] = 0;
    note.wakeup();
    assertEquals(0, errors + echo.get());
    back.close();
  }

  @Test
  void wakeupRacingWithATimeoutIsNeverLost() throws Exception {
    for (int round = 1; isWorthARound(round, 2_000); round++) {
      FutureTask<Boolean> waker =
          new FutureTask<>(() -> {
            note.wakeup();
            return true;
          });
      Thread thread = new Thread(waker);
      thread.start();
      if (!note.sleep(50_000)) {
        assertTrue(note.sleep(Note.FOREVER));
      }
      waker.get();
      thread.join();
      note.clear();
    }
  }

  /**
   * A spinning thread gives up its CPU only when its time slice is over, so on a busy machine each
   * round takes long.
   */
  private boolean isWorthARound(int round, int limit) {
    return round <= 100 || (round <= limit && System.nanoTime() - begin < 10_000 * MILLI);
  }

  private FutureTask<Boolean> startSleep(long timeoutNanos) {
    FutureTask<Boolean> task = new FutureTask<>(() -> note.sleep(timeoutNanos));
    new Thread(task).start();
    awaitSleeping();
    return task;
  }

  private void awaitSleeping() {
    while ((word.noteVolatile() & NoteWord.SLEEPING) == 0) {
      Thread.onSpinWait();
    }
  }
}
