package org.sigqueue.core.park;

class SpinNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.SPIN;
  }
}
