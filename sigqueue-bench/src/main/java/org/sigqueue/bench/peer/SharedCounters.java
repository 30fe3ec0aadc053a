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
 * The counters that a peer shares with the driver, in one page of memory laid out as in {@code
 * page.h}. Any number of threads may count; one thread at a time may count values.
 */
final class SharedCounters {
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
  private long last; // the latest value, of the thread that counts values

  private SharedCounters(ByteBuffer memory) {
    this.memory = memory;
  }

  static SharedCounters map(String file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(Path.of(file), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new SharedCounters(
          channel.map(MapMode.READ_WRITE, 0, BYTES).order(ByteOrder.nativeOrder()));
    }
  }

  /** Tells the driver that this peer can receive. */
  void ready() {
    INTS.setVolatile(memory, READY, 1);
  }

  /** Counts occurrences; the driver sends the next signal as soon as it sees this. */
  void receive(long occurrences) {
    LONGS.getAndAdd(memory, EVENTS, 1L);
    LONGS.getAndAdd(memory, COUNT, occurrences);
  }

  /** Counts one occurrence with its value, which should be greater than the previous one. */
  void receiveValue(long value) {
    if (value <= last) {
      LONGS.getAndAdd(memory, DISORDER, 1L);
    }
    last = value;
    receive(1);
  }

  /** Counts occurrences whose details, and so their values, were lost. */
  void receiveBare(long occurrences) {
    LONGS.getAndAdd(memory, BARE, occurrences);
    receive(occurrences);
  }
}
