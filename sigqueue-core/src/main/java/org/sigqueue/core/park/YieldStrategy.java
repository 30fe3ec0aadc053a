package org.sigqueue.core.park;

import org.sigqueue.core.park.SpinStrategy.BusyNote;

/**
 * Reads the word between calls of {@link Thread#yield}: busy like {@code spin}, but it lets others
 * run first where CPUs are scarce. Latency is that of the scheduler when they are, a syscall when
 * not.
 */
final class YieldStrategy implements ParkingStrategy {
  @Override
  public String name() {
    return "yield";
  }

  @Override
  public Note newNote(NoteWord word) {
    return new BusyNote(word) {
      @Override
      @SuppressWarnings("ThreadPriorityCheck") // that it depends on the scheduler is its purpose
      protected void block(long timeoutNanos) {
        Thread.yield();
      }
    };
  }
}
