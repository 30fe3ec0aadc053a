package org.sigqueue.jni;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;
import org.sigqueue.core.source.SignalSourceException;

/**
 * Sleeps until an {@code eventfd(2)} is readable, which event loops can wait for beside everything
 * else: {@link Note#wakeFd()} is the descriptor. Costs a system call more than {@code futex} on
 * both sides.
 *
 * <p>Works on words anywhere. A sleep blocks its platform thread (a virtual thread pins its
 * carrier), uses no CPU, and ends on an interrupt. What the waker did before the wakeup is visible
 * to the sleeper after it. Any thread may create notes; the first one loads the native library.
 * {@link SignalSourceException} is thrown if that fails, or if there is no descriptor left.
 */
public final class EventFdStrategy implements ParkingStrategy {
  // A handler that has woken the sleeper may write to the eventfd a little later, when the sleeper
  // has gone already. A descriptor that was closed may be somebody else's file by then, so it is
  // kept for the next note instead, for which a stray write is one look at the word.
  private static final Queue<Integer> IDLE = new ConcurrentLinkedQueue<>();

  /** Creates the strategy. Cheap: nothing is loaded. */
  public EventFdStrategy() {}

  @Override
  public String name() {
    return "eventfd";
  }

  @Override
  public Note newNote(NoteWord word) {
    NativeLibrary.load();
    Integer idle = IDLE.poll();
    return new EventFdNote(word, idle != null ? idle : open());
  }

  private static int open() {
    int fd = Shim.eventFdOpen();
    if (fd < 0) {
      throw new SignalSourceException("cannot create an eventfd: " + Shim.strerror(-fd), -fd);
    }
    return fd;
  }

  private static final class EventFdNote extends KernelNote {
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    EventFdNote(NoteWord word, int fd) {
      super(word);
      this.fd = fd;
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.EVENTFD;
    }

    @Override
    public int wakeFd() {
      return fd;
    }

    @Override
    boolean sleepInKernel(long timeoutNanos) {
      int error = Shim.eventFdWait(fd, timeoutNanos);
      checkUsable(error == Shim.INTERRUPTED || error == Shim.TIMED_OUT ? 0 : error);
      return error != Shim.TIMED_OUT;
    }

    @Override
    protected void unblock() {
      checkUsable(Shim.eventFdWake(fd));
    }

    /** Going on would be to spin, or to sleep for ever. */
    private void checkUsable(int error) {
      if (error != 0) {
        closed.set(true); // not for the next note, either
        throw new InconsistentStateException(
            "eventfd " + fd + " of a parked receiver cannot be used: " + Shim.strerror(error));
      }
    }

    @Override
    protected void clearWakeFd() {
      Shim.eventFdWait(fd, 0);
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        IDLE.add(fd);
      }
    }
  }
}
