package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;

/** How {@link Note#sleep} divides its time among blocks that return early. */
@Timeout(120)
class NoteSleepTest {
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  private final HeapQueueWords word = new HeapQueueWords();
  private final ScriptedStrategy strategy = new ScriptedStrategy(0);
  private final List<Long> timeouts = strategy.timeouts;
  private final Note note = strategy.newNote(word);

  @Test
  void noteThatIsWokenDoesNotBlock() {
    note.wakeup();
    assertTrue(note.sleep(HOUR));
    assertEquals(List.of(), timeouts);
    assertEquals(NoteWord.WOKEN, word.noteVolatile());
  }

  @Test
  void wakeupOnTheWayToTheBlockIsNotSleptOver() {
    strategy.beforeSleeping = note::wakeup;
    assertTrue(note.sleep(HOUR));
    assertEquals(List.of(), timeouts);
  }

  @Test
  void blockThatReturnsForNoReasonIsGivenWhatIsLeft() {
    strategy.whileBlocked =
        () -> {
          long begin = System.nanoTime();
          while (System.nanoTime() == begin) {
            Thread.onSpinWait();
          }
          if (timeouts.size() == 3) {
            note.wakeup();
          }
        };
    assertTrue(note.sleep(HOUR));
    assertEquals(3, timeouts.size());
    assertEquals(HOUR, timeouts.get(0));
    assertTrue(timeouts.get(1) < timeouts.get(0), timeouts.toString());
    assertTrue(timeouts.get(2) < timeouts.get(1), timeouts.toString());
    assertTrue(timeouts.get(2) > HOUR - TimeUnit.MINUTES.toNanos(1), timeouts.toString());
  }

  @Test
  void sleepForEverStaysForEver() {
    strategy.whileBlocked =
        () -> {
          if (timeouts.size() == 2) {
            note.wakeup();
          }
        };
    assertTrue(note.sleep(Note.FOREVER));
    assertEquals(List.of(Note.FOREVER, Note.FOREVER), timeouts);
  }

  // Since JDK 23 an interrupt calls back after it has let go of the thread: perhaps in its next
  // sleep.
  @Test
  void interruptThatCallsBackLateIsTakenOffTheWord() {
    List<Integer> words = new ArrayList<>();
    strategy.whileBlocked =
        () -> {
          words.add(word.noteVolatile());
          if (words.size() == 1) {
            word.orNote(NoteWord.INTERRUPTED);
          } else {
            note.wakeup();
          }
        };
    assertTrue(note.sleep(HOUR));
    assertEquals(List.of(NoteWord.SLEEPING, NoteWord.SLEEPING), words);
  }

  @Test
  void interruptThatIsBeforeTheSleepDoesNotStay() {
    word.orNote(NoteWord.INTERRUPTED);
    strategy.whileBlocked =
        () -> {
          assertEquals(NoteWord.SLEEPING, word.noteVolatile());
          note.wakeup();
        };
    assertTrue(note.sleep(HOUR));
  }

  @Test
  void interruptDuringABlockEndsTheSleep() {
    strategy.whileBlocked =
        () -> {
          Thread.currentThread().interrupt(); // first the status, as Thread.interrupt does
          word.orNote(NoteWord.INTERRUPTED);
        };
    assertFalse(note.sleep(HOUR));
    assertTrue(Thread.interrupted());
    assertEquals(1, timeouts.size());
    assertEquals(0, word.noteVolatile());
  }

  /** It would end the next sleep, or a wait of other code on this thread. */
  @Test
  void interruptThatComesWithTheWakeupOfAnUninterruptibleSleepDoesNotStay() {
    strategy.whileBlocked =
        () -> {
          Thread.currentThread().interrupt();
          word.orNote(NoteWord.INTERRUPTED);
          note.wakeup();
        };
    note.sleepUninterruptibly();
    assertFalse(Thread.interrupted());
    assertEquals(NoteWord.SLEEPING | NoteWord.WOKEN, word.noteVolatile());
  }

  @Test
  void interruptBeforeAnUninterruptibleSleepThatNeedNotBlockDoesNotStay() {
    note.wakeup();
    Thread.currentThread().interrupt();
    word.orNote(NoteWord.INTERRUPTED);
    note.sleepUninterruptibly();
    assertFalse(Thread.interrupted());
    assertEquals(NoteWord.WOKEN, word.noteVolatile());
  }

  @Test
  void andNoteReturnsWhatWasThere() {
    word.orNote(NoteWord.WOKEN | NoteWord.SLEEPING);
    assertEquals(NoteWord.WOKEN | NoteWord.SLEEPING, word.andNote(NoteWord.WOKEN));
    assertEquals(NoteWord.WOKEN, word.noteVolatile());
  }

  @Test
  void setWithASignalIsNotEmpty() {
    assertFalse(SignalSet.of(1).isEmpty());
  }

  @Test
  void secondReceiverOfASetIsRefused() {
    SignalQueue queue = SignalQueue.on(word);
    Receiver receiver = queue.claim(strategy);
    List<RuntimeException> refusals = new ArrayList<>();
    strategy.whileBlocked =
        () -> {
          refusals.add(
              assertThrowsExactly(IllegalStateException.class, () -> receiver.receiveSet(0)));
          queue.announce();
        };
    assertEquals(0, assertReceives(receiver));
    assertEquals(1, refusals.size());
  }

  private static long assertReceives(Receiver receiver) {
    try {
      return receiver.receiveSet(HOUR);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
