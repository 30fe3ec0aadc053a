package org.sigqueue.core;

class AdaptiveNoteTest extends NoteContractTest {
  @Override
  protected ParkingStrategy strategy() {
    return ParkingStrategies.ADAPTIVE;
  }
}
