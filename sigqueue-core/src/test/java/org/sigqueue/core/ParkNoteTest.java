package org.sigqueue.core;

class ParkNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.PARK;
  }
}
