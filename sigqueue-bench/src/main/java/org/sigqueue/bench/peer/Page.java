package org.sigqueue.bench.peer;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The page that a peer shares with the driver: {@code page.h}. Any number of threads may count; the
 * order of values is followed for one.
 */
final class Page {
  private static final int BYTES = 4096;
  private static final int READY = 0;
  private static final int COUNT = 64;
  private static final int EVENTS = 128;
  private static final int DISORDER = 136;
  private static final int BARE = 144;

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private long last; // the latest value

  private Page(ByteBuffer memory) {
    this.memory = memory;
  }

  static Page map(String file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(Path.of(file), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new Page(channel.map(MapMode.READ_WRITE, 0, BYTES).order(ByteOrder.nativeOrder()));
    }
  }

  /** Tells the driver that signals can come. */
  void ready() {
    INTS.setVolatile(memory, READY, 1);
  }

  /** Counts occurrences; the driver sends the next signal as soon as it sees this. */
  void receive(long occurrences) {
    LONGS.getAndAdd(memory, EVENTS, 1L);
    LONGS.getAndAdd(memory, COUNT, occurrences);
  }

  /** Counts one occurrence with its value, which should be more than the one before. */
  void receiveValue(long value) {
    if (value <= last) {
      LONGS.getAndAdd(memory, DISORDER, 1L);
    }
    last = value;
    receive(1);
  }

  /** Counts occurrences of which no more is known; the values go on behind them. */
  void receiveBare(long occurrences) {
    LONGS.getAndAdd(memory, BARE, occurrences);
    receive(occurrences);
  }
}
