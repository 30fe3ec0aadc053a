package org.sigqueue.core.park;

class ParkNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.PARK;
  }
}
