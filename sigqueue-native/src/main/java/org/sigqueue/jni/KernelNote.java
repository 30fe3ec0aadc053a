package org.sigqueue.jni;

import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;

/** A note whose sleeper stops in a system call, where {@link Thread#interrupt} has to find it. */
abstract class KernelNote extends Note {
  // Thread.interrupt before JDK 23 first looks whom to call back and then sets the status, so that
  // an interrupt which meets the start of a sleep may do only the second (JDK-8323782). There a
  // sleeper looks for itself: after the first slice of its sleep, and whenever it has lasted twice
  // as long. Such an interrupt is late, but not lost, and an idle thread stays idle. Slices of a
  // millisecond cost signals that come every millisecond 10 us: the sleeper was often about to
  // look.
  private static final boolean LOOKS_FOR_INTERRUPTS = Runtime.version().feature() < 23;
  private static final long FIRST_SLICE_NANOS = 1_000_000_000;

  private final NoteWord word;
  private @Nullable SleepInterrupter interrupter; // the sleeper's; created when first needed

  KernelNote(NoteWord word) {
    super(word);
    this.word = word;
  }

  /**
   * Sleeps in the kernel; {@link #unblock} ends it, also if it comes just before.
   *
   * @return false if the time is over
   */
  abstract boolean sleepInKernel(long timeoutNanos);

  @Override
  protected final void block(long timeoutNanos) {
    SleepInterrupter told = interrupter;
    if (told == null) {
      told = new SleepInterrupter(this);
      interrupter = told;
    }
    told.enter();
    try {
      if (LOOKS_FOR_INTERRUPTS) {
        sleepInSlices(timeoutNanos);
      } else {
        sleepInKernel(timeoutNanos);
      }
    } finally {
      told.leave();
    }
  }

  @Override
  protected final void blockUninterruptibly() {
    sleepInKernel(FOREVER);
  }

  private void sleepInSlices(long timeoutNanos) {
    long left = timeoutNanos;
    for (long slice = FIRST_SLICE_NANOS; slice < left; slice *= 2) {
      if (sleepInKernel(slice) || Thread.currentThread().isInterrupted()) {
        return;
      }
      left -= left == FOREVER ? 0 : slice;
    }
    sleepInKernel(left);
  }

  /** Ends {@link #block}; called by the thread that interrupts the sleeper. */
  final void interrupt() {
    word.orNote(NoteWord.INTERRUPTED); // first: a thread that is about to sleep must see it
    unblock();
  }
}
