package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteContractTest;
import org.sigqueue.core.park.NoteWord;

/** The promises beyond the contract of notes that sleep in the kernel. */
abstract class KernelNoteTest extends NoteContractTest {
  @Test
  void sleeperIsIdle() throws Exception {
    Note note = strategy().newNote(SharedBlock.allocate(1));
    FutureTask<Integer> wakeups =
        new FutureTask<>(() -> {
          int before = timesWoken();
          assertFalse(note.sleep(TimeUnit.MILLISECONDS.toNanos(500)));
          return timesWoken() - before;
        });
    new Thread(wakeups).start();
    // Of the sleep itself, its slices before JDK 23, and what the VM may have to stop threads for.
    assertTrue(wakeups.get() <= 20, () -> "woken " + result(wakeups) + " times");
    note.close();
  }

  @Test
  void uninterruptibleSleeperNeverWakes() throws Exception {
    int fewest = Integer.MAX_VALUE;
    // More than once: the VM may stop it on its way to sleep.
    for (int tries = 0; fewest > 1 && tries < 3; tries++) {
      fewest = Math.min(fewest, timesWokenInAnUninterruptibleSleep());
    }
    assertTrue(fewest <= 1, "1 for the way to sleep");
  }

  private int timesWokenInAnUninterruptibleSleep() throws Exception {
    SharedBlock word = SharedBlock.allocate(1);
    Note note = strategy().newNote(word);
    AtomicInteger tid = new AtomicInteger();
    FutureTask<Boolean> sleeper =
        new FutureTask<>(() -> {
          tid.set(Shim.gettid());
          note.sleepUninterruptibly();
          return true;
        });
    new Thread(sleeper).start();
    awaitBits(word, NoteWord.SLEEPING);
    int before = timesWoken(tid.get());
    Thread.sleep(3_200); // an interruptible sleep has three slices before JDK 23
    int times = timesWoken(tid.get()) - before;
    note.wakeup();
    assertTrue(sleeper.get());
    note.close();
    return times;
  }

  @Test
  void interruptOfAnotherThreadDoesNotEndSleep() throws Exception {
    SharedBlock word = SharedBlock.allocate(1);
    Note note = strategy().newNote(word);
    FutureTask<Boolean> sleeper = new FutureTask<>(() -> note.sleep(Note.FOREVER));
    new Thread(sleeper).start();
    awaitBits(word, NoteWord.SLEEPING);
    Thread other = new Thread(() -> {});
    other.start();
    other.interrupt();
    other.join();
    note.wakeup();
    assertTrue(sleeper.get());
    note.close();
  }

  @Test
  void interruptsAndWakeupsInAnyOrderLoseNothing() throws Exception {
    Note note = strategy().newNote(SharedBlock.allocate(1));
    AtomicInteger rounds = new AtomicInteger();
    FutureTask<Integer> sleeper =
        new FutureTask<>(() -> {
          for (int round = 0; round < 3_000; round++) {
            while (!note.sleep(Note.FOREVER)) {
              assertTrue(Thread.interrupted());
            }
            note.clear();
            Thread.interrupted();
            rounds.incrementAndGet();
          }
          return rounds.get();
        });
    Thread thread = new Thread(sleeper);
    thread.start();
    for (int round = 0; !sleeper.isDone(); round++) {
      thread.interrupt();
      note.wakeup();
      while (rounds.get() == round && !sleeper.isDone()) {
        Thread.onSpinWait();
      }
    }
    assertTrue(sleeper.get() == 3_000);
    note.close();
  }

  // JDK-8323782: the status of an interrupt is set, and nobody is called back.
  @Test
  @EnabledForJreRange(max = JRE.JAVA_22)
  void interruptThatDoesNotCallBackEndsSleep() throws Exception {
    SharedBlock word = SharedBlock.allocate(1);
    Note note = strategy().newNote(word);
    AtomicBoolean interrupted = new AtomicBoolean();
    FutureTask<Boolean> sleeper = new FutureTask<>(() -> note.sleep(Note.FOREVER));
    Thread thread =
        new Thread(sleeper) {
          @Override
          public boolean isInterrupted() {
            return interrupted.get();
          }
        };
    thread.start();
    awaitBits(word, NoteWord.SLEEPING);
    interrupted.set(true);
    assertFalse(sleeper.get());
    note.close();
  }

  /** An interrupt that ended an earlier sleep, and calls back now. */
  @Test
  void interruptThatCallsBackLateLeavesTheSleeperIdle() throws Exception {
    SharedBlock word = SharedBlock.allocate(1);
    Note note = strategy().newNote(word);
    FutureTask<Boolean> sleeper = new FutureTask<>(() -> note.sleep(Note.FOREVER));
    new Thread(sleeper).start();
    awaitBits(word, NoteWord.SLEEPING);
    ((KernelNote) note).interrupt();
    while ((word.noteVolatile() & NoteWord.INTERRUPTED) != 0) {
      Thread.onSpinWait();
    }
    note.wakeup();
    assertTrue(sleeper.get());
    note.close();
  }

  @Test
  void interruptReachesAVirtualThread() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads");
    SharedBlock word = SharedBlock.allocate(1);
    Note note = strategy().newNote(word);
    FutureTask<Boolean> sleeper = new FutureTask<>(() -> note.sleep(Note.FOREVER));
    Thread thread =
        (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, sleeper);
    awaitBits(word, NoteWord.SLEEPING);
    thread.interrupt();
    assertFalse(sleeper.get());
    note.close();
  }

  private static void awaitBits(NoteWord word, int bits) {
    while ((word.noteVolatile() & bits) != bits) {
      Thread.onSpinWait();
    }
  }

  private static int timesWoken() throws IOException {
    return timesWoken(Shim.gettid());
  }

  private static int timesWoken(int tid) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/task/" + tid + "/status")).stream()
        .filter(line -> line.startsWith("voluntary_ctxt_switches"))
        .mapToInt(line -> Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()))
        .sum();
  }

  private static Object result(FutureTask<?> task) {
    try {
      return task.get();
    } catch (Exception e) {
      return e;
    }
  }
}
