package org.sigqueue.jni;

import java.nio.ByteBuffer;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * Sleeps on the note's word itself, with {@code futex(2)}: the shortest way from a signal handler
 * to a sleeping thread, and the one that needs nothing but the word.
 *
 * <p>The word has to be outside the heap, as in a shared block. A sleep blocks its platform thread
 * (a virtual thread pins its carrier), uses no CPU, and ends on an interrupt. What the waker did
 * before the wakeup is visible to the sleeper after it. Any thread may create notes; the first one
 * loads the native library and throws {@link org.sigqueue.core.source.SignalSourceException} if
 * that fails.
 */
public final class FutexStrategy implements ParkingStrategy {
  /** Creates the strategy. Cheap: nothing is loaded. */
  public FutexStrategy() {}

  @Override
  public String name() {
    return "futex";
  }

  @Override
  public Note newNote(NoteWord word) {
    ByteBuffer memory = word.memory();
    if (memory == null) {
      throw new IllegalArgumentException(
          "parking strategy 'futex' needs a word outside the heap; use 'park' or 'eventfd'");
    }
    NativeLibrary.load();
    return new FutexNote(word, memory);
  }

  /** A sleep on the word. */
  static class FutexNote extends KernelNote {
    private final ByteBuffer memory;
    private final int offset;

    FutexNote(NoteWord word, ByteBuffer memory) {
      super(word);
      this.memory = memory;
      this.offset = word.noteOffset();
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.FUTEX;
    }

    @Override
    boolean sleepInKernel(long timeoutNanos) {
      // Any other bit beside SLEEPING is news, and the kernel does not let us sleep on it.
      return Shim.futexWait(memory, offset, NoteWord.SLEEPING, timeoutNanos) != Shim.TIMED_OUT;
    }

    @Override
    protected void unblock() {
      Shim.futexWake(memory, offset);
    }
  }
}
