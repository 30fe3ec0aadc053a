package org.sigqueue.core;

class SpinNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.SPIN;
  }
}
