package org.sigqueue.core;

import java.nio.ByteBuffer;

/**
 * The bounded queue of occurrence records in a {@link SharedBlock}: many producers, which are
 * senders and never wait, and one consumer, the receiver.
 *
 * <p>Dmitry Vyukov's bounded queue with a sequence number in each cell. A producer claims a
 * position by moving the tail, fills the cell and publishes it by its turn; no producer waits for
 * another, so a handler may interrupt a handler between any two of these. The number is kept as a
 * turn (twice the lap, plus one when filled), for which zeroed memory is an empty ring.
 */
public final class OccurrenceRing {
  static final int CELL_BYTES = 64;
  static final int TURN = 0;
  static final int SIGNAL = 8;
  static final int CODE = 12;
  static final int PID = 16;
  static final int UID = 20;
  static final int VALUE = 24;
  static final int STATUS = 32;
  static final int TID = 36;
  static final int TIME_NANOS = 40;

  private final SharedBlock block;
  private final ByteBuffer memory;
  private final int capacity;
  private final int lapShift;

  /** Creates the view on the ring of a block. */
  public OccurrenceRing(SharedBlock block) {
    this.block = block;
    this.memory = block.memory();
    this.capacity = block.ringCapacity();
    this.lapShift = Integer.numberOfTrailingZeros(capacity);
  }

  /**
   * Adds a record, unless the ring is full. Any thread; lock-free. The sequence is not taken from
   * the occurrence: it is the position.
   *
   * @return false if the ring is full
   */
  boolean offer(Occurrence from) {
    for (; ; ) {
      long position = block.ringTailAcquire();
      int cell = cell(position);
      long turn = block.longAcquire(cell + TURN); // pairs with the consumer's release in poll
      long expected = 2 * (position >>> lapShift);
      if (turn < expected) {
        return false; // the consumer has not left this cell since the lap before
      }
      if (turn == expected && block.casRingTail(position, position + 1)) {
        memory.putInt(cell + SIGNAL, from.signal);
        memory.putInt(cell + CODE, from.code);
        memory.putInt(cell + PID, from.pid);
        memory.putInt(cell + UID, from.uid);
        memory.putLong(cell + VALUE, from.value);
        memory.putInt(cell + STATUS, from.status);
        memory.putInt(cell + TID, from.tid);
        memory.putLong(cell + TIME_NANOS, from.timeNanos);
        block.setLongRelease(cell + TURN, expected + 1); // pairs with the acquire in poll
        return true;
      }
      // Another producer was faster: its progress is ours to follow.
    }
  }

  /**
   * Takes the oldest record. Receiver only; never blocks. A record that is still being written
   * hides the younger ones until it is published; its writer sends a signal after that.
   *
   * @return false if there is no record
   */
  public boolean poll(Occurrence to) {
    long position = block.ringHead();
    int cell = cell(position);
    long filled = 2 * (position >>> lapShift) + 1;
    if (block.longAcquire(cell + TURN) != filled) { // pairs with the release in offer
      return false;
    }
    to.count = 1;
    to.sequence = position;
    to.signal = memory.getInt(cell + SIGNAL);
    to.code = memory.getInt(cell + CODE);
    to.pid = memory.getInt(cell + PID);
    to.uid = memory.getInt(cell + UID);
    to.value = memory.getLong(cell + VALUE);
    to.status = memory.getInt(cell + STATUS);
    to.tid = memory.getInt(cell + TID);
    to.timeNanos = memory.getLong(cell + TIME_NANOS);
    block.setLongRelease(cell + TURN, filled + 1); // pairs with the acquire in offer
    block.setRingHead(position + 1);
    return true;
  }

  private int cell(long position) {
    return SharedBlock.CELLS + ((int) position & (capacity - 1)) * CELL_BYTES;
  }
}
