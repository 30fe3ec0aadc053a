package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.HandlerWake;
import org.sigqueue.core.InconsistentStateException;
import org.sigqueue.core.Note;
import org.sigqueue.core.NoteWord;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SharedBlock;

class EventFdNoteTest extends KernelNoteTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  @Override
  protected ParkingStrategy strategy() {
    return new EventFdStrategy();
  }

  @Test
  void handlersWakeByTheDescriptorThatIsExposed() {
    try (Note note = strategy().newNote(SharedBlock.allocate(1))) {
      assertEquals(HandlerWake.EVENTFD, note.handlerWake());
      assertTrue(note.wakeFd() >= 0);
    }
  }

  @Test
  void wordOnTheHeapWorks() throws Exception {
    HeapWord word = new HeapWord();
    try (Note note = strategy().newNote(word)) {
      FutureTask<Boolean> sleeper = new FutureTask<>(() -> note.sleep(Note.FOREVER));
      new Thread(sleeper).start();
      while ((word.noteVolatile() & NoteWord.SLEEPING) == 0) {
        Thread.onSpinWait();
      }
      note.wakeup();
      assertTrue(sleeper.get());
    }
  }

  /** It would spin, or never be woken. */
  @Test
  void descriptorThatSomebodyHasClosedIsAnErrorForBothSidesAndNotHandedOn() {
    try (Note note = strategy().newNote(SharedBlock.allocate(1))) {
      Shim.pidfdClose(note.wakeFd()); // which is close(2)
      InconsistentStateException asleep =
          assertThrows(InconsistentStateException.class, () -> note.sleep(Note.FOREVER));
      assertTrue(asleep.getMessage().contains("eventfd " + note.wakeFd()), asleep.getMessage());
      assertThrows(InconsistentStateException.class, note::wakeup);
    }
    try (Note next = strategy().newNote(SharedBlock.allocate(1))) {
      next.wakeup();
      assertTrue(next.sleep(Note.FOREVER));
      next.clear();
      assertFalse(next.sleep(MILLI));
    }
  }

  @Test
  void notesHaveDescriptorsOfTheirOwnAndCloseHandsThemOn() {
    Note first = strategy().newNote(SharedBlock.allocate(1));
    Note second = strategy().newNote(SharedBlock.allocate(1));
    assertNotEquals(first.wakeFd(), second.wakeFd());
    second.close();
    second.close();
    Note third = strategy().newNote(SharedBlock.allocate(1));
    Note fourth = strategy().newNote(SharedBlock.allocate(1));
    assertNotEquals(third.wakeFd(), fourth.wakeFd());
    first.close();
    third.close();
    fourth.close();
  }

  @Test
  void strayWriteOfALateHandlerDoesNotEndSleep() {
    try (Note note = strategy().newNote(SharedBlock.allocate(1))) {
      assertEquals(0, Shim.eventFdWake(note.wakeFd()));
      assertFalse(note.sleep(20 * MILLI));
    }
  }
}
