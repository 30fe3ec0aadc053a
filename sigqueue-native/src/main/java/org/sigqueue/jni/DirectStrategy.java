package org.sigqueue.jni;

import org.sigqueue.core.HandlerWake;
import org.sigqueue.core.Note;
import org.sigqueue.core.NoteWord;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SharedBlock;

/**
 * Waits in the kernel for the signals themselves, with {@code rt_sigtimedwait(2)}: one wake-up from
 * the sender to the receiver instead of two. The strategy that the native source's block asks for,
 * so {@code adaptive} sleeps like this, too.
 *
 * <p>Only signals whose delivery is not by the handler are waited for. As long as there are none,
 * and on words that are not in the native source's block, this is {@code futex}. Sleeps are idle,
 * block the platform thread and end on an interrupt. Any thread may create notes; the first one
 * loads the native library.
 */
public final class DirectStrategy implements ParkingStrategy {
  /** Creates the strategy. Cheap: nothing is loaded. */
  public DirectStrategy() {}

  @Override
  public String name() {
    return "direct";
  }

  @Override
  public Note newNote(NoteWord word) {
    return word instanceof SharedBlock block && NativeSignalSource.owns(block)
        ? new DirectNote(block)
        : new FutexStrategy().newNote(word);
  }

  private static final class DirectNote extends KernelNote {
    /** Far less than the ring holds, which is emptied between two fetches. */
    private static final int MAX_FETCH = 512;

    private final SharedBlock block;

    DirectNote(SharedBlock block) {
      super(block);
      this.block = block;
    }

    @Override
    public HandlerWake handlerWake() {
      return HandlerWake.DIRECT;
    }

    @Override
    protected boolean fetch() {
      if (!block.hasDirect()) {
        return false;
      }
      Shim.directFetch(MAX_FETCH);
      return true;
    }

    @Override
    boolean sleepInKernel(long timeoutNanos) {
      return Shim.directSleep(timeoutNanos) != Shim.TIMED_OUT;
    }

    @Override
    protected void kick() {
      Shim.directWake();
    }
  }
}
