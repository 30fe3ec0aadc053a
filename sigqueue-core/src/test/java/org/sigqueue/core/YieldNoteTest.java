package org.sigqueue.core;

class YieldNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.YIELD;
  }
}
