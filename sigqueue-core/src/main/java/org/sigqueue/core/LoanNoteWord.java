package org.sigqueue.core;

import static org.sigqueue.core.BlockLayout.BLOCK_LOAN_NOTE;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;

/** The word of the borrower's note in a {@link SharedBlock}. */
final class LoanNoteWord implements NoteWord {
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private final ParkingStrategy sleeper;

  LoanNoteWord(ByteBuffer memory, ParkingStrategy sleeper) {
    this.memory = memory;
    this.sleeper = sleeper;
  }

  @Override
  public int noteVolatile() {
    return (int) INTS.getVolatile(memory, BLOCK_LOAN_NOTE);
  }

  @Override
  public void setNoteRelease(int bits) {
    INTS.setRelease(memory, BLOCK_LOAN_NOTE, bits);
  }

  @Override
  public int orNote(int bits) {
    return (int) INTS.getAndBitwiseOr(memory, BLOCK_LOAN_NOTE, bits);
  }

  @Override
  public int andNote(int bits) {
    return (int) INTS.getAndBitwiseAnd(memory, BLOCK_LOAN_NOTE, bits);
  }

  @Override
  public ByteBuffer memory() {
    return memory;
  }

  @Override
  public int noteOffset() {
    return BLOCK_LOAN_NOTE;
  }

  @Override
  public ParkingStrategy sleeper() {
    return sleeper;
  }
}
