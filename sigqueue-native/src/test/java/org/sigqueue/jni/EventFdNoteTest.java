package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

class EventFdNoteTest extends KernelNoteTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  @Override
  protected ParkingStrategy strategy() {
    return new EventFdStrategy();
  }

  @Test
  void handlersWakeByTheDescriptorThatIsExposed() {
    try (Note note = strategy().newNote(SharedBlock.allocate(1))) {
      assertEquals(WakeMethod.EVENTFD, note.wakeMethod());
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
  void notesThatWereClosedLeaveNoMoreDescriptorsThanWereInUseAtOnce() throws Exception {
    strategy().newNote(SharedBlock.allocate(1)).close();
    long before = eventFds();
    for (int i = 0; i < 300; i++) {
      strategy().newNote(SharedBlock.allocate(1)).close();
    }
    assertEquals(before, eventFds());
    for (int i = 0; i < 3; i++) {
      List<Note> notes = new ArrayList<>();
      for (int n = 0; n < 10; n++) {
        notes.add(strategy().newNote(SharedBlock.allocate(1)));
      }
      notes.forEach(Note::close);
    }
    assertTrue(eventFds() <= before + 9);
  }

  private static long eventFds() throws Exception {
    long count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path each : all) {
        try {
          count += Files.readSymbolicLink(each).toString().contains("eventfd") ? 1 : 0;
        } catch (NoSuchFileException e) {
          // That of the directory itself.
        }
      }
    }
    return count;
  }

  @Test
  void strayWriteOfALateHandlerDoesNotEndSleep() {
    try (Note note = strategy().newNote(SharedBlock.allocate(1))) {
      assertEquals(0, Shim.eventFdWake(note.wakeFd()));
      assertFalse(note.sleep(20 * MILLI));
    }
  }
}
