package org.sigqueue.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;

/** A note's word as the field of an object. */
final class HeapNoteWord implements NoteWord {
  private static final VarHandle NOTE;

  static {
    try {
      NOTE = MethodHandles.lookup().findVarHandle(HeapNoteWord.class, "note", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private int note;

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
