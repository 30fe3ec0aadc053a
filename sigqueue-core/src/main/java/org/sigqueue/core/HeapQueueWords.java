package org.sigqueue.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;

/** Engine words as fields of an object: for queues whose senders are all Java code. */
class HeapQueueWords extends QueueWords {
  private static final VarHandle MASK;
  private static final VarHandle STATE;
  private static final VarHandle NOTE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MASK = lookup.findVarHandle(HeapQueueWords.class, "mask", long.class);
      STATE = lookup.findVarHandle(HeapQueueWords.class, "state", int.class);
      NOTE = lookup.findVarHandle(HeapQueueWords.class, "note", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long mask;
  private int state;
  private int note;

  @Override
  long orMask(long bits) {
    return (long) MASK.getAndBitwiseOr(this, bits);
  }

  @Override
  long maskVolatile() {
    return (long) MASK.getVolatile(this);
  }

  /** Words of their own, of which the note alone is used. */
  @Override
  NoteWord newLoanWord() {
    return new HeapQueueWords();
  }

  @Override
  long swapMask() {
    return (long) MASK.getAndSet(this, 0L);
  }

  @Override
  int stateVolatile() {
    return (int) STATE.getVolatile(this);
  }

  @Override
  boolean casState(int expected, int update) {
    return STATE.compareAndSet(this, expected, update);
  }

  @Override
  int swapState(int update) {
    return (int) STATE.getAndSet(this, update);
  }

  @Override
  public int noteVolatile() {
    return (int) NOTE.getVolatile(this);
  }

  @Override
  public void setNoteRelease(int bits) {
    NOTE.setRelease(this, bits);
  }

  @Override
  public int orNote(int bits) {
    return (int) NOTE.getAndBitwiseOr(this, bits);
  }

  @Override
  public int andNote(int bits) {
    return (int) NOTE.getAndBitwiseAnd(this, bits);
  }

  @Override
  public @Nullable ByteBuffer memory() {
    return null;
  }

  @Override
  public int noteOffset() {
    return 0;
  }

  @Override
  public ParkingStrategy sleeper() {
    return ParkingStrategies.PARK;
  }
}
