package org.sigqueue.jni;

import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;

/**
 * A strategy that waits in the kernel for exclusive signals, with {@code rt_sigtimedwait(2)}: one
 * wake-up from the sender to the receiver instead of two. The native source's block asks for it, so
 * {@code adaptive} sleeps like this, too.
 *
 * <p>As long as no signal is exclusive, and on words that are not in the native source's block,
 * this is {@code futex}. Sleeps are idle, block the platform thread and end on an interrupt. Any
 * thread may create notes; the first one loads the native library.
 */
public final class SigwaitStrategy implements ParkingStrategy {
  /** Creates the strategy. Cheap: nothing is loaded. */
  public SigwaitStrategy() {}

  @Override
  public String name() {
    return "sigwait";
  }

  @Override
  public Note newNote(NoteWord word) {
    SharedBlock block = NativeSignalSource.blockOf(word);
    if (block == null) {
      return new FutexStrategy().newNote(word);
    }
    return word.equals(block) ? new SigwaitNote(block) : new BorrowersNote(word, block);
  }

  private static final class BorrowersNote extends FutexStrategy.FutexNote {
    private final SharedBlock block;

    BorrowersNote(NoteWord word, SharedBlock block) {
      super(word, block.memory());
      this.block = block;
    }

    @Override
    public boolean fetch() {
      return block.hasSignalsInKernel(); // its owner sleeps where it gets them
    }

    @Override
    boolean sleepInKernel(long timeoutNanos) {
      return Shim.sigwaitBorrowed(timeoutNanos) != Shim.TIMED_OUT;
    }
  }

  private static final class SigwaitNote extends KernelNote {
    /** Far less than the ring holds, which is emptied between two fetches. */
    private static final int MAX_FETCH = 512;

    private final SharedBlock block;
    private volatile boolean hasSlept; // so the role is this note's

    SigwaitNote(SharedBlock block) {
      super(block);
      this.block = block;
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.SIGWAIT;
    }

    @Override
    public boolean fetch() {
      if (!block.hasSignalsInKernel()) {
        return false;
      }
      Shim.sigwaitFetch(MAX_FETCH);
      return true;
    }

    @Override
    boolean sleepInKernel(long timeoutNanos) {
      hasSlept = true;
      int result = Shim.sigwait(timeoutNanos);
      if (result == Shim.CANCELED) {
        NativeSignalSource.leaveIfBrokenDown();
      }
      return result != Shim.TIMED_OUT;
    }

    @Override
    protected void unblock() {
      Shim.sigwaitWake();
    }

    @Override
    public void close() {
      if (hasSlept) {
        NativeSignalSource.endWait();
      }
    }
  }
}
