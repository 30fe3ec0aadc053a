package org.sigqueue.core;

import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * The signal queue of Go before December 2012 (issue 4383): a {@code unblock} word instead of a
 * state. Known to be wrong, and kept as the negative control: the checkers of the real queue must
 * catch this one.
 */
final class KickQueue {
  /** The state word of a receiver that asks to be woken; else it is 0. */
  static final int KICK = 1;

  private final QueueWords words;
  private final Note note;
  private long received;

  KickQueue(QueueWords words, ParkingStrategy strategy) {
    this.words = words;
    this.note = strategy.newNote(words);
  }

  void send(int signal) {
    long bit = SignalSet.bit(signal);
    if ((words.orMask(bit) & bit) == 0 && words.casState(KICK, 0)) {
      note.wakeup();
    }
  }

  int receive() {
    for (; ; ) {
      if (received != 0) {
        int signal = Long.numberOfTrailingZeros(received) + 1;
        received &= received - 1;
        return signal;
      }
      if (words.stateVolatile() == 0) {
        note.clear();
        words.casState(0, KICK);
      }
      received = words.swapMask();
      if (received == 0) {
        note.sleep(Note.FOREVER);
      }
    }
  }
}
