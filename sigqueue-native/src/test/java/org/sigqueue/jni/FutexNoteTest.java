package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

class FutexNoteTest extends KernelNoteTest {
  @Override
  protected ParkingStrategy strategy() {
    return new FutexStrategy();
  }

  @Test
  void handlersWakeByFutex() {
    Note note = strategy().newNote(SharedBlock.allocate(1));
    assertEquals(WakeMethod.FUTEX, note.wakeMethod());
    assertEquals(-1, note.wakeFd());
  }

  @Test
  void wordOnTheHeapIsRefusedWithAdvice() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> strategy().newNote(new HeapWord()));
    assertTrue(refusal.getMessage().contains("'eventfd'"), refusal.getMessage());
  }
}
