package org.sigqueue.core.park;

class AdaptiveNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.ADAPTIVE;
  }
}
