package org.sigqueue.jni;

import org.sigqueue.core.park.ParkingStrategy;

class SigwaitNoteTest extends KernelNoteTest {
  @Override
  protected ParkingStrategy strategy() {
    return new SigwaitStrategy();
  }
}
