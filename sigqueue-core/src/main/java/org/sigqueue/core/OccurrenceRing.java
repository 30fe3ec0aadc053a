package org.sigqueue.core;

import static org.sigqueue.core.BlockLayout.*;

import java.nio.ByteBuffer;

/**
 * The bounded queue of occurrence records in a {@link SharedBlock}: many producers, which are
 * senders and never wait, and one consumer, the receiver.
 */
public final class OccurrenceRing {
  /*
   * Positions count up for ever; a position's cell is its remainder, and its lap the quotient. Each
   * cell has a turn: a lap and a stage, for which zeroed memory is an empty ring.
   *
   *   free     for the producer of that lap: it claims the cell with its signal as the stage. Then
   *            whoever comes next, often itself, moves the tail past the cell.
   *   claimed  its producer fills the fields and publishes the cell. No producer waits for another,
   *            so a handler may interrupt a handler anywhere here.
   *   filled   for the consumer, which reads it, and frees it for the next lap.
   *
   * That is Dmitry Vyukov's bounded queue, but that a cell is claimed before the tail is moved, so
   * that the consumer knows whose record is missing if its producer dies in between. Such a cell
   * hides all younger ones. The consumer can give it up: it changes the turn for good, before the
   * producer publishes it or never. The cell is not used again, because a producer that was only
   * stopped may still write to its fields.
   */
  private static final long GIVEN_UP = -1;

  private final SharedBlock block;
  private final ByteBuffer memory;
  private final int capacity;
  private final int lapShift;

  // The consumer's: which record hides others, and since when.
  private long hidingPosition = -1;
  private long hidingSinceNanos;

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
    long position = claim(from.signal);
    if (position < 0) {
      return false;
    }
    fill(position, from);
    return true;
  }

  /** Claims the cell of the next position and returns that; -1 if the ring is full. */
  long claim(int signal) {
    int unusable = 0;
    while (unusable <= capacity) {
      long position = block.ringTailAcquire();
      int cell = cell(position);
      long turn = block.longAcquire(cell + CELL_TURN); // pairs with the consumer's release in poll
      long free = turn(position, VALUE_FREE);
      if (turn != GIVEN_UP && turn < free) {
        return -1; // the consumer has not left this cell since the lap before
      }
      boolean claimed = turn == free && block.casLong(cell + CELL_TURN, free, free + signal);
      block.casRingTail(position, position + 1); // ours, or that of the producer that was faster
      if (claimed) {
        return position;
      }
      unusable += turn == GIVEN_UP ? 1 : 0;
    }
    return -1;
  }

  /** Fills a cell that was claimed, and publishes it unless the consumer has given it up. */
  void fill(long position, Occurrence from) {
    int cell = cell(position);
    memory.putInt(cell + CELL_SIGNAL, from.signal);
    memory.putInt(cell + CELL_CODE, from.code);
    memory.putInt(cell + CELL_PID, from.pid);
    memory.putInt(cell + CELL_UID, from.uid);
    memory.putLong(cell + CELL_VALUE, from.value);
    memory.putInt(cell + CELL_STATUS, from.status);
    memory.putInt(cell + CELL_TID, from.tid);
    memory.putLong(cell + CELL_TIME_NANOS, from.timeNanos);
    memory.putInt(cell + CELL_FD, from.fd);
    memory.putInt(cell + CELL_BAND, from.band);
    long claimed = turn(position, from.signal);
    block.casLong(cell + CELL_TURN, claimed, turn(position, VALUE_FILLED)); // pairs with poll
  }

  /**
   * Takes the oldest record. Receiver only; never blocks. A record that is still being written
   * hides the younger ones until it is published; its writer sends a signal after that.
   *
   * @return false if there is no record
   */
  public boolean poll(Occurrence to) {
    long position = skipGivenUp();
    int cell = cell(position);
    if (turnAcquire(position) != turn(position, VALUE_FILLED)) { // pairs with the CAS in fill
      return false;
    }
    to.count = 1;
    to.sequence = position;
    to.signal = memory.getInt(cell + CELL_SIGNAL);
    to.code = memory.getInt(cell + CELL_CODE);
    to.pid = memory.getInt(cell + CELL_PID);
    to.uid = memory.getInt(cell + CELL_UID);
    to.value = memory.getLong(cell + CELL_VALUE);
    to.status = memory.getInt(cell + CELL_STATUS);
    to.tid = memory.getInt(cell + CELL_TID);
    to.timeNanos = memory.getLong(cell + CELL_TIME_NANOS);
    to.fd = memory.getInt(cell + CELL_FD);
    to.band = memory.getInt(cell + CELL_BAND);
    block.setLongRelease(cell + CELL_TURN, turn(position + capacity, VALUE_FREE)); // with claim
    block.setRingHead(position + 1);
    return true;
  }

  /**
   * Whether a record that is being written hides the younger ones, if there are any. Receiver only;
   * never blocks. Where it stays so for long, its writer is gone: see {@link #unblock}.
   */
  public boolean isBlocked() {
    return isClaimed(turnAcquire(skipGivenUp()));
  }

  /**
   * Gives up the oldest record if it is still being written after some time, so that the younger
   * ones can be taken. Its occurrence counts as lost from then on, also if its writer was only
   * stopped and goes on. Receiver only; never blocks.
   *
   * @param patienceNanos nanoseconds since the first of these calls that found this record
   *     unwritten
   * @return the signal whose record was given up; 0 if none was
   */
  public int unblock(long patienceNanos) {
    long position = skipGivenUp();
    long turn = turnAcquire(position);
    if (!isClaimed(turn)) {
      hidingPosition = -1;
      return 0;
    }
    long now = System.nanoTime();
    if (hidingPosition != position) {
      hidingPosition = position;
      hidingSinceNanos = now;
    }
    if (now - hidingSinceNanos < patienceNanos
        || !block.casLong(cell(position) + CELL_TURN, turn, GIVEN_UP)) {
      return 0;
    }
    int signal = (int) turn & VALUE_FILLED;
    block.addLost(signal);
    return signal;
  }

  /** Returns the position of the oldest record; moves the head past cells that are not used. */
  private long skipGivenUp() {
    long position = block.ringHead();
    while (turnAcquire(position) == GIVEN_UP && position < block.ringTailAcquire()) {
      block.setRingHead(++position);
    }
    return position;
  }

  private static boolean isClaimed(long turn) {
    int stage = (int) turn & VALUE_FILLED;
    return turn != GIVEN_UP && stage != VALUE_FREE && stage != VALUE_FILLED;
  }

  private long turnAcquire(long position) {
    return block.longAcquire(cell(position) + CELL_TURN);
  }

  private long turn(long position, int stage) {
    return (position >>> lapShift) << VALUE_STAGE_BITS | stage;
  }

  private int cell(long position) {
    return BLOCK_CELLS + ((int) position & (capacity - 1)) * CELL_BYTES;
  }
}
