package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;

@Timeout(120)
class SharedBlockTest {
  private static final int USR1 = 10;

  private final SharedBlock block = SharedBlock.allocate(2);

  @Test
  void blockOfTheSameVersionIsTakenOver() {
    SharedBlock same = map(block.memory());
    same.want(USR1);
    assertTrue(block.wanted().contains(USR1));
  }

  @Test
  void exclusiveSignalsDoNotComeByTheHandler() {
    block.want(USR1);
    block.want(USR1 + 2);
    ByteBuffer memory = block.memory().duplicate().order(ByteOrder.nativeOrder());
    memory.putLong(BlockLayout.BLOCK_EXCLUSIVE, SignalSet.bit(USR1) | SignalSet.bit(1));
    assertEquals(SignalSet.bit(USR1 + 2), block.wantedByHandlerBits());
  }

  @Test
  void otherVersionIsRefused() {
    assertMismatch("version", BlockLayout.BLOCK_VERSION, BlockLayout.VALUE_VERSION + 1);
  }

  @Test
  void otherMagicIsRefused() {
    assertMismatch("magic", BlockLayout.BLOCK_MAGIC, 0);
  }

  @Test
  void otherSizesAreRefused() {
    assertMismatch("block size", BlockLayout.BLOCK_SIZE, 64);
    assertMismatch("cell size", BlockLayout.BLOCK_CELL_SIZE, 128);
    assertMismatch("ring capacity", BlockLayout.BLOCK_RING_CAPACITY, 3);
    assertMismatch("block size for the ring", BlockLayout.BLOCK_RING_CAPACITY, 4);
  }

  @Test
  void tooSmallBlockIsRefused() {
    assertThrows(LayoutMismatchException.class, () -> map(ByteBuffer.allocateDirect(64)));
  }

  @Test
  void capacityThatIsNoPowerOfTwoIsRefused() {
    for (int bad : new int[] {Integer.MIN_VALUE, -1, 0, 3, 1 << 21}) {
      assertThrows(IllegalArgumentException.class, () -> SharedBlock.allocate(bad));
    }
  }

  @Test
  void strategyThatHandlersCannotWakeIsRefusedWhereHandlersSend() {
    SharedBlock ofHandlers = map(block.memory());
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class, () -> ofHandlers.queue().claim(ParkingStrategies.PARK));
    assertTrue(thrown.getMessage().contains("'park'"), thrown.getMessage());
    ofHandlers.queue().claim(ParkingStrategies.SPIN).close(); // the refusal has left nothing behind
  }

  @Test
  void unwantedSignalIsNotAccepted() {
    Receiver receiver = block.queue().claim(ParkingStrategies.PARK);
    JavaSender acceptor = new JavaSender(block);
    Occurrence occurrence = new Occurrence();
    occurrence.signal = USR1;
    assertFalse(acceptor.accept(occurrence));
    block.want(USR1);
    assertTrue(acceptor.accept(occurrence));
    block.unwant(USR1);
    assertFalse(acceptor.accept(occurrence));
    assertEquals(1, block.accepted(USR1));
    assertEquals(0, block.inFlight(USR1));
    assertEquals(USR1, receiver.poll());
  }

  @Test
  void lastSenderOutOfADrainingSignalAnnounces() throws Exception {
    Receiver receiver = block.queue().claim(ParkingStrategies.PARK);
    JavaSender acceptor = new JavaSender(block);
    Occurrence occurrence = new Occurrence();
    occurrence.signal = USR1;
    block.setDrainingBits(SignalSet.bit(USR1));
    acceptor.accept(occurrence);
    assertEquals(0, receiver.receiveSet(Note.FOREVER));
    block.setDrainingBits(0);
    acceptor.accept(occurrence);
    assertEquals(0, receiver.receive(1_000_000));
  }

  @Test
  void senderThatNeverLeavesIsWrittenOff() {
    JavaSender sender = new JavaSender(block);
    Receiver receiver = block.queue().claim(ParkingStrategies.PARK);
    block.enter(USR1);
    assertFalse(block.isQuiescent(USR1));
    block.writeOff(USR1);
    assertTrue(block.isQuiescent(USR1));
    // It is not counted with others: the last of those announces, as if it were not there.
    block.setDrainingBits(SignalSet.bit(USR1));
    block.enter(USR1);
    assertFalse(block.isQuiescent(USR1));
    assertTrue(block.leave(USR1));
    assertTrue(block.isQuiescent(USR1));
    Occurrence occurrence = new Occurrence();
    occurrence.signal = USR1;
    sender.accept(occurrence);
    assertEquals(0, receiver.poll()); // announced, and nothing is wanted
    receiver.close();
  }

  @Test
  void senderThatComesBackIsForgotten() {
    block.enter(USR1);
    block.writeOff(USR1);
    block.leave(USR1);
    assertTrue(block.isQuiescent(USR1));
    block.enter(USR1);
    assertFalse(block.isQuiescent(USR1));
  }

  private void assertMismatch(String what, int offset, int value) {
    ByteBuffer memory = block.memory().duplicate().order(ByteOrder.nativeOrder());
    int good = memory.getInt(offset);
    memory.putInt(offset, value);
    LayoutMismatchException thrown = assertThrows(LayoutMismatchException.class, () -> map(memory));
    assertTrue(thrown.getMessage().contains(what), thrown.getMessage());
    memory.putInt(offset, good);
  }

  private static SharedBlock map(ByteBuffer memory) {
    return SharedBlock.map(memory, ParkingStrategies.PARK);
  }
}
