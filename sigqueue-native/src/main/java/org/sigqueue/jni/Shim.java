package org.sigqueue.jni;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SharedBlock;

/**
 * The functions of {@code sigshim.h} and the system calls beside them, one to one.
 *
 * <p>Unless its comment says otherwise, a function that returns an {@code int} returns 0, or the
 * error number of the system call that failed. None of them throws or keeps a reference. Call
 * {@link NativeLibrary#load} before any of them. Functions that only one thread at a time may call
 * are synchronized.
 */
final class Shim {
  /** The number of natives; the C side asserts it. */
  static final int NATIVES = 59;

  /**
   * The version of the interface between this class and the library; a library with another version
   * is refused. It contains the number of natives, so a library that lacks one has another version.
   */
  static final int VERSION = 1000 * SharedBlock.VERSION + NATIVES;

  /** The result of {@link #install} and {@link #ignore} when libc agreed and the kernel did not. */
  static final int SWALLOWED = -1;

  /** The result of {@link #install} and {@link #ignore} when another copy has the signal. */
  static final int CLAIMED = -2;

  /** The result of {@link #restore} when another handler has replaced ours. */
  static final int DISPLACED = 1;

  /** The result of {@link #enter} when nobody waits in the kernel. */
  static final int NO_RECEIVER = -1;

  /** ETIMEDOUT: the result of {@link #futexWait} and {@link #eventFdWait} when the time is over. */
  static final int TIMED_OUT = 110;

  /** ECANCELED: the result of {@link #sigwait} when the kernel has refused to wait. */
  static final int CANCELED = 125;

  /** EINTR. */
  static final int INTERRUPTED = 4;

  /** The length of the array that {@link #look} fills. */
  static final int LOOK_LENGTH = 4;

  /** The length of the array that {@link #disposition} fills. */
  static final int DISPOSITION_LENGTH = 8;

  private Shim() {}

  /** {@link #VERSION}, as the library has it. */
  static native int version();

  /**
   * Tells other copies of the library in this process the user of this one.
   *
   * @param loader when it is collected, this copy holds no signals any more; null if it never is
   * @param user for people
   */
  static native void introduce(@Nullable ClassLoader loader, String user);

  /** The user of the copy that has a signal; null if no other copy has it. */
  static native @Nullable String claimant(int signal);

  /** The shared block of this copy of the library: memory that is never freed. */
  static native ByteBuffer block();

  static synchronized native int install(int signal);

  static synchronized native int ignore(int signal);

  static synchronized native int restore(int signal);

  /** Does not return. */
  static native void die(int signal);

  static native void dieOnExit(int signal);

  static native void performDefault(int signal);

  /** Unblocks signals in this thread and returns those that were blocked. */
  static native long unblock(long signals);

  static native void blockAgain(long signals);

  /** Calls the previous handler of a signal, on this thread and with these details. */
  static native void takePreviousAction(
      int signal, int code, int pid, int uid, long value, int status);

  /**
   * Fills an array with handler, flags, mask and restorer as they are, then the same as they were
   * before we changed them.
   *
   * @return 1 if the handler is ours, 0 if not, or a negative error number
   */
  static synchronized native int disposition(int signal, long[] nowAndPrevious);

  /**
   * Sleeps while the word at the offset has the expected value. Returns 0 when woken, if only by
   * chance; EAGAIN, EINTR or ETIMEDOUT.
   *
   * @param timeoutNanos nanoseconds; {@link Long#MAX_VALUE} and negative ones mean for ever
   */
  static native int futexWait(ByteBuffer memory, int offset, int expected, long timeoutNanos);

  static native void futexWake(ByteBuffer memory, int offset);

  /** Returns the new eventfd, or a negative error number. */
  static native int eventFdOpen();

  static native int eventFdWake(int fd);

  /** Sleeps until the eventfd is readable and makes it unreadable; the timeout as above. */
  static native int eventFdWait(int fd, long timeoutNanos);

  static native int takePrivate(int maskSignal, int wakeSignal);

  /** The private signal whose handler was replaced; 0 if there is none. */
  static native int lostPrivate();

  /** Whether the signal that wakes may still be sent, or the receiver wait for it. */
  static native boolean isInUse();

  static native int giveBackPrivate();

  /** Beside 0 and error numbers returns {@link #NO_RECEIVER}. */
  static native int enter(int signal);

  static native void leave(long signals);

  /** The signals that the receiver has waited for, and not emptied yet. */
  static native long waited();

  /** Why the receiver has made all signals leave: an error number, or 0. */
  static native int waitRefusal();

  /** Why the kernel refuses rt_sigtimedwait: an error number, or 0. */
  static native int refusalToWait();

  /** Says which signals threads had blocked themselves, before these become exclusive. */
  static native void setOwn(long signals);

  /** How many times the exclusive signal has come by the handler. */
  static native int strays(int signal);

  static native void forgetStrays(int signal);

  /** Has a thread bring its mask in line, for these signals. */
  static native int tell(int tid, long signals, boolean counted);

  static native void countAnswers();

  static native int answers();

  static native void sweep(long signals);

  /** Returns the number of threads, or a negative error number; stores as many ids as fit. */
  static native int threads(int[] tids);

  /**
   * Fills an array with the sets of blocked, pending and process-wide pending signals, and the
   * state.
   */
  static native int look(int tid, long[] words);

  static native long threadStart(int tid);

  /**
   * Calls {@link #answer} so many bytes further down the stack, which the VM must keep for native
   * code in any case. Throws {@link StackOverflowError} if Java code cannot run there. Returns the
   * address; does nothing where one that the thread has found before is as low.
   */
  static native long callBelow(int bytes, long found);

  /** Called from C. Does nothing, but is not empty: the VM would leave an empty method out. */
  static int answer() {
    return VERSION;
  }

  static native long masksOff();

  static native void masksOn(long takenOff);

  /** Sleeps on the shared block's note, and for signals; the timeout as above. */
  static native int sigwait(long timeoutNanos);

  static native int sigwaitFetch(int max);

  /** Sleeps on the borrower's note, and for signals that are not real-time. */
  static native int sigwaitBorrowed(long timeoutNanos);

  static native void sigwaitWake();

  static native void sigwaitEnd();

  static native int kill(int pid, int signal);

  static native int tgkill(int pid, int tid, int signal);

  static native int sigqueue(int pid, int signal, long value);

  static native int tgsigqueue(int pid, int tid, int signal, long value);

  /** Returns the new pidfd, or a negative error number. */
  static native int pidfdOpen(int pid);

  static native int pidfdSend(int fd, int signal);

  static native int pidfdQueue(int fd, int signal, long value);

  static native void pidfdClose(int fd);

  /** The path of the library or program that contains an address; null if there is none. */
  static native @Nullable String fileOf(long address);

  /** The kernel's number of the calling thread. */
  static native int gettid();

  /** The meaning of an error number, in words. */
  static native String strerror(int errno);

  static synchronized native int restoreTerminal();

  /** Waits a second at most. */
  static native int notifySupervisor(byte[] address, byte[] message);
}
