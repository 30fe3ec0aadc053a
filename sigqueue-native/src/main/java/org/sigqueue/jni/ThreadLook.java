package org.sigqueue.jni;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The state of a thread of this process at one moment, as the kernel tells it in sets of signals.
 *
 * @param blocked its mask; of a thread that waits for signals in the kernel without those
 * @param pending the signals that are pending for this thread alone
 * @param sharedPending the signals that are pending for the process
 * @param state the letter that {@code ps(1)} shows
 * @param sleeps whether it waits in the kernel for signals, or may have
 */
record ThreadLook(
    int tid, long blocked, long pending, long sharedPending, char state, boolean sleeps) {
  private static final long ALL = ~(SignalSet.bit(9) | SignalSet.bit(19)); // KILL and STOP

  /** The numbers of all threads. */
  static int[] tids() {
    int[] tids = new int[256];
    for (; ; ) {
      int count = Shim.threads(tids);
      if (count == -Errno.ESRCH) {
        throw new SignalSourceException(
            "/proc does not show the threads of this process", Errno.ESRCH);
      }
      check(Math.max(0, -count));
      if (count <= tids.length) {
        return Arrays.copyOf(tids, count);
      }
      tids = new int[2 * count];
    }
  }

  /** Looks at a thread. Null if it has ended. */
  static @Nullable ThreadLook at(int tid, SharedBlock block) {
    long[] words = new long[Shim.LOOK_LENGTH];
    boolean sleeps = block.isSleeper(tid);
    int error = Shim.look(tid, words);
    if (error == Errno.ESRCH) {
      return null;
    }
    check(error);
    return new ThreadLook(
        tid, words[0], words[1], words[2], (char) words[3], sleeps || block.isSleeper(tid));
  }

  private static void check(int error) {
    Errno.check("read the signal masks of threads in /proc", error);
  }

  /** The name of the thread, for people. */
  String name() {
    try {
      return Files.readString(Path.of("/proc/self/task/" + tid + "/comm")).strip();
    } catch (IOException e) {
      return "ended";
    }
  }

  /**
   * Whether the thread may be about to create another, which libc does with all signals blocked,
   * and which then starts with the mask that this one has had; or may be such a new one. Handlers
   * of ours do not block all.
   */
  boolean mayCreateThread() {
    return blocked == ALL && (state == 'R' || state == 'D');
  }
}
