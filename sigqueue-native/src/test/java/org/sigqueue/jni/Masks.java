package org.sigqueue.jni;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

/** The signal masks of the threads of this process. */
final class Masks {
  private static final SharedBlock BLOCK = new NativeSignalSource().block();

  private Masks() {}

  static Stream<ThreadLook> threads() {
    return IntStream.of(ThreadLook.tids())
        .mapToObj(tid -> ThreadLook.at(tid, BLOCK))
        .flatMap(Stream::ofNullable);
  }

  static SignalSet blocked(int tid) {
    ThreadLook look = ThreadLook.at(tid, BLOCK);
    return look == null ? SignalSet.EMPTY : new SignalSet(look.blocked());
  }

  /**
   * How many threads block a signal, without the one that sleeps in the kernel: its mask does not
   * show.
   */
  static long blockersOf(int signal) {
    return threads()
        .filter(look -> !look.sleeps())
        .filter(look -> (look.blocked() & SignalSet.bit(signal)) != 0)
        .count();
  }

  static long othersThanSleeper() {
    return threads().filter(look -> !look.sleeps()).count();
  }
}
