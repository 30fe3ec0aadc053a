package org.sigqueue.core.park;

class YieldNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.YIELD;
  }
}
