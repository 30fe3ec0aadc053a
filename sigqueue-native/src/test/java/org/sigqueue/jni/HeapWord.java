package org.sigqueue.jni;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;

/** A word that no handler and no futex can reach. */
final class HeapWord implements NoteWord {
  private final AtomicInteger bits = new AtomicInteger();

  @Override
  public int noteVolatile() {
    return bits.getAcquire();
  }

  @Override
  public void setNoteRelease(int value) {
    bits.setRelease(value);
  }

  @Override
  public int orNote(int more) {
    return bits.getAndUpdate(old -> old | more);
  }

  @Override
  public int andNote(int kept) {
    return bits.getAndUpdate(old -> old & kept);
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
