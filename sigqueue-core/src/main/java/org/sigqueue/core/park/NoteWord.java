package org.sigqueue.core.park;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The word under a {@link Note}: the state that the sleeper and its waker share.
 *
 * <p>The waker may be a signal handler in C, so the bits are part of the shared layout.
 */
public interface NoteWord {
  /** Set once by the waker. */
  int WOKEN = 1;

  /** Set by the sleeper: it is asleep, or about to be, and needs more than the word to wake. */
  int SLEEPING = 2;

  /** Set by a thread that ends a native sleep for another reason than a wakeup. */
  int INTERRUPTED = 4;

  /** Reads the word, in the total order of all changes of it and of what is volatile. */
  int noteVolatile();

  /** Writes the word; ordered before the sleeper's next change of the queue's state. */
  void setNoteRelease(int bits);

  /** Sets bits and returns the word as it was. */
  int orNote(int bits);

  /** Keeps only these bits and returns the word as it was. */
  int andNote(int bits);

  /** The memory that holds the word, for notes that sleep in the kernel; null on the heap. */
  @Nullable ByteBuffer memory();

  /** The byte offset of the word in {@link #memory()}. */
  int noteOffset();

  /** The strategy that sleeps best on a word that lives where this one does. */
  ParkingStrategy sleeper();
}
