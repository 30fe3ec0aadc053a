package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedBlockTest {
  private static final int USR1 = 10;

  private final SharedBlock block = SharedBlock.allocate(2);

  @Test
  void sameLayoutIsTakenOver() {
    SharedBlock same = map(block.memory(), SharedBlock.layout());
    same.want(USR1);
    assertTrue(block.wanted().contains(USR1));
  }

  @Test
  void otherVersionIsRefused() {
    assertMismatch("version", SharedBlock.VERSION, SharedBlock.VERSION_VALUE + 1);
  }

  @Test
  void otherMagicIsRefused() {
    assertMismatch("magic", SharedBlock.MAGIC, 0);
  }

  @Test
  void otherSizesAreRefused() {
    assertMismatch("block size", SharedBlock.BLOCK_BYTES, 64);
    assertMismatch("cell size", SharedBlock.CELL_BYTES, 128);
    assertMismatch("ring capacity", SharedBlock.RING_CAPACITY, 3);
    assertMismatch("block size for the ring", SharedBlock.RING_CAPACITY, 4);
  }

  @Test
  void otherOffsetIsRefused() {
    int[] layout = SharedBlock.layout();
    layout[6] += 4;
    assertThrows(LayoutMismatchException.class, () -> map(block.memory(), layout));
    assertThrows(LayoutMismatchException.class, () -> map(block.memory(), new int[3]));
  }

  @Test
  void tooSmallBlockIsRefused() {
    assertThrows(
        LayoutMismatchException.class,
        () -> map(ByteBuffer.allocateDirect(64), SharedBlock.layout()));
  }

  @Test
  void capacityThatIsNoPowerOfTwoIsRefused() {
    for (int bad : new int[] {Integer.MIN_VALUE, -1, 0, 3, 1 << 21}) {
      assertThrows(IllegalArgumentException.class, () -> SharedBlock.allocate(bad));
    }
  }

  @Test
  void strategyThatHandlersCannotWakeIsRefusedWhereHandlersSend() {
    SharedBlock ofHandlers = map(block.memory(), SharedBlock.layout());
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> SignalQueue.over(ofHandlers, ParkingStrategies.PARK));
    assertTrue(thrown.getMessage().contains("'park'"), thrown.getMessage());
    SignalQueue.over(ofHandlers, ParkingStrategies.SPIN);
  }

  @Test
  void unwantedSignalIsNotAccepted() {
    SignalQueue queue = SignalQueue.over(block, ParkingStrategies.PARK);
    Acceptor acceptor = new Acceptor(block);
    Occurrence occurrence = new Occurrence();
    occurrence.signal = USR1;
    assertFalse(acceptor.accept(occurrence));
    block.want(USR1);
    assertTrue(acceptor.accept(occurrence));
    block.unwant(USR1);
    assertFalse(acceptor.accept(occurrence));
    assertEquals(1, block.accepted(USR1));
    assertEquals(0, block.inFlight(USR1));
    assertEquals(USR1, queue.poll());
  }

  @Test
  void lastSenderOutOfADrainingSignalAnnounces() throws Exception {
    SignalQueue queue = SignalQueue.over(block, ParkingStrategies.PARK);
    Acceptor acceptor = new Acceptor(block);
    Occurrence occurrence = new Occurrence();
    occurrence.signal = USR1;
    block.setDraining(SignalSet.of(USR1));
    acceptor.accept(occurrence);
    assertEquals(0, queue.receiveSet(Note.FOREVER));
    block.setDraining(SignalSet.EMPTY);
    acceptor.accept(occurrence);
    assertEquals(0, queue.receive(1_000_000));
  }

  private void assertMismatch(String what, int offset, int value) {
    ByteBuffer memory = block.memory().duplicate().order(ByteOrder.nativeOrder());
    int good = memory.getInt(offset);
    memory.putInt(offset, value);
    LayoutMismatchException thrown =
        assertThrows(LayoutMismatchException.class, () -> map(memory, SharedBlock.layout()));
    assertTrue(thrown.getMessage().contains(what), thrown.getMessage());
    memory.putInt(offset, good);
  }

  private static SharedBlock map(ByteBuffer memory, int[] layout) {
    return SharedBlock.map(memory, layout, ParkingStrategies.PARK);
  }
}
