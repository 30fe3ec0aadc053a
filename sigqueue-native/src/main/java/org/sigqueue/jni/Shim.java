package org.sigqueue.jni;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The functions of {@code sigshim.h} and the system calls beside them, one to one.
 *
 * <p>Those that return an {@code int} without a better use for it return 0, or the error number of
 * the system call that failed. None of them throws or keeps a reference; {@link NativeLibrary#load}
 * comes first. Those that callers have to take turns with are synchronized.
 */
final class Shim {
  /** The result of {@link #install} and {@link #ignore} when libc agreed and the kernel did not. */
  static final int SWALLOWED = -1;

  /** The result of {@link #restore} when somebody has replaced what we had put there. */
  static final int DISPLACED = 1;

  /** The result of {@link #deliver} when nobody waits in the kernel. */
  static final int NO_RECEIVER = -1;

  /** ETIMEDOUT: the result of {@link #futexWait} and {@link #eventFdWait} when the time is over. */
  static final int TIMED_OUT = 110;

  /** EINTR. */
  static final int INTERRUPTED = 4;

  /** The length of the array that {@link #disposition} fills. */
  static final int DISPOSITION_LENGTH = 8;

  private Shim() {}

  /** The shared block of this copy of the library: memory that is never freed. */
  static native ByteBuffer block();

  /** The offsets of the block's words and of a ring cell's fields, in the order of SharedBlock. */
  static native int[] layout();

  static synchronized native int install(int signal);

  static synchronized native int ignore(int signal);

  static synchronized native int restore(int signal);

  /** Does not return. */
  static native void die(int signal);

  static native void dieOnExit(int signal);

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

  static native int directStart(int maskSignal, int wakeSignal);

  /** Beside 0 and error numbers returns {@link #NO_RECEIVER}. */
  static native int deliver(int signal, int delivery);

  /** What a thread is to block. */
  static native long mask(int tid);

  /** Has a thread bring its mask in line with {@link #mask}, for these signals. */
  static native int setMask(int tid, long signals);

  /** Whether the process was started by the launcher of a JDK, and not by another program. */
  static native boolean isJavaLauncher();

  static native long masksOff();

  static native void masksOn(long takenOff);

  /** Sleeps on the shared block's note, and for signals; the timeout as above. */
  static native int directSleep(long timeoutNanos);

  static native int directFetch(int max);

  static native void directWake();

  static native int kill(int pid, int signal);

  static native int tgkill(int pid, int tid, int signal);

  static native int sigqueue(int pid, int signal, long value);

  /** Returns the new pidfd, or a negative error number. */
  static native int pidfdOpen(int pid);

  static native int pidfdSend(int fd, int signal);

  static native int pidfdQueue(int fd, int signal, long value);

  static native void pidfdClose(int fd);

  /** The path of the library or program that contains an address; null if there is none. */
  static native @Nullable String fileOf(long address);

  /** The kernel's number of the calling thread. */
  static native int gettid();

  /** What an error number means, in words. */
  static native String strerror(int errno);
}
