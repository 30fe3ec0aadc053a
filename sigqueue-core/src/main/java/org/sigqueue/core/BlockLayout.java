package org.sigqueue.core;

/**
 * The layout of a {@link SharedBlock}: offsets in bytes, sizes, and values that both sides know.
 *
 * <p>The C side declares the same as structures in {@code sigshim.h}. Its build reads this file and
 * asserts each constant by its name: {@code BLOCK_MASK} is the offset of {@code mask} in {@code
 * struct sq_block}, {@code SIGNAL_...} and {@code CELL_...} are those in {@code sq_signal} and
 * {@code sq_cell}, {@code ..._BYTES} is the size of a structure, and {@code VALUE_FILLED} is {@code
 * SQ_FILLED}. So each constant stands on a line of its own, with a plain number.
 */
final class BlockLayout {
  /** "SIGQ": the first word of every block. */
  static final int VALUE_MAGIC = 0x53494751;

  /** Changes whenever an offset or a meaning does. */
  static final int VALUE_VERSION = 5;

  // Identity, written once.
  static final int BLOCK_MAGIC = 0;
  static final int BLOCK_VERSION = 4;
  static final int BLOCK_SIZE = 8;
  static final int BLOCK_RING_CAPACITY = 12;
  static final int BLOCK_CELL_SIZE = 16;
  // Where senders and the receiver meet: changed by both.
  static final int BLOCK_MASK = 64;
  static final int BLOCK_STATE = 72;
  static final int BLOCK_INCONSISTENT = 76; // counts the errors that a handler cannot throw
  // The note: the word by both, how to wake by the receiver.
  static final int BLOCK_NOTE = 128;
  static final int BLOCK_WAKE = 132; // WakeMethod.code
  static final int BLOCK_WAKE_FD = 136;
  static final int BLOCK_SLEEPER = 140; // the thread that waits for signals in the kernel
  // The same for the borrower of the receiver's role.
  static final int BLOCK_LOAN_NOTE = 144;
  static final int BLOCK_LOAN_WAKE = 148;
  static final int BLOCK_LOAN_WAKE_FD = 152;
  static final int BLOCK_LOAN_SLEEPER = 156;
  // The wishes of the receiver's side: read by senders.
  static final int BLOCK_WANTED = 192;
  static final int BLOCK_DRAINING = 200; // signals whose last sender out must announce
  static final int BLOCK_FORWARD = 208; // signals whose previous handler is called as well
  static final int BLOCK_EXCLUSIVE = 216; // signals that every thread blocks
  // The ring: the tail belongs to the senders, the head to the receiver.
  static final int BLOCK_RING_TAIL = 256;
  static final int BLOCK_RING_HEAD = 320;
  // For each signal, by its number: changed by senders, except the last.
  static final int BLOCK_SIGNALS = 384;
  static final int SIGNAL_BYTES = 32;
  static final int SIGNAL_ACCEPTED = 0;
  static final int SIGNAL_LOST = 8;
  static final int SIGNAL_IN_FLIGHT = 16;
  static final int SIGNAL_WRITTEN_OFF = 20; // those in flight that are not waited for
  // The ring's cells.
  static final int BLOCK_CELLS = 2496;
  static final int CELL_BYTES = 64;
  static final int CELL_TURN = 0;
  static final int CELL_SIGNAL = 8;
  static final int CELL_CODE = 12;
  static final int CELL_PID = 16;
  static final int CELL_UID = 20;
  static final int CELL_VALUE = 24;
  static final int CELL_STATUS = 32;
  static final int CELL_TID = 36;
  static final int CELL_TIME_NANOS = 40;
  static final int CELL_FD = 48;
  static final int CELL_BAND = 52;

  // The turn of a cell is its lap and, in the lower bits, a stage: free, claimed for the signal
  // that is the stage, or filled.
  static final int VALUE_FREE = 0;
  static final int VALUE_FILLED = 255;
  static final int VALUE_STAGE_BITS = 8;

  private BlockLayout() {}
}
