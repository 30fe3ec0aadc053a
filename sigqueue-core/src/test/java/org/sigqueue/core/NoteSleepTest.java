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

/** How {@link Note#sleep} divides its time among blocks that return early. */
@Timeout(60)
class NoteSleepTest {
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  private final HeapWords word = new HeapWords();
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
    SignalQueue[] queue = new SignalQueue[1];
    List<RuntimeException> refusals = new ArrayList<>();
    strategy.whileBlocked =
        () -> {
          refusals.add(
              assertThrowsExactly(IllegalStateException.class, () -> queue[0].receiveSet(0)));
          queue[0].announce();
        };
    queue[0] = SignalQueue.on(word, strategy);
    assertEquals(0, assertReceives(queue[0]));
    assertEquals(1, refusals.size());
  }

  private static long assertReceives(SignalQueue queue) {
    try {
      return queue.receiveSet(HOUR);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
