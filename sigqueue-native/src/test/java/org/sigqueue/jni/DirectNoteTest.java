package org.sigqueue.jni;

import org.sigqueue.core.ParkingStrategy;

class DirectNoteTest extends KernelNoteTest {
  @Override
  protected ParkingStrategy strategy() {
    return new DirectStrategy();
  }
}
