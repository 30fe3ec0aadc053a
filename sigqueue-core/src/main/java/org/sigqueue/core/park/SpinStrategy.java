package org.sigqueue.core.park;

/**
 * Never stops reading the word: the lowest latency there is, for the price of a CPU that does
 * nothing else. Choose it only where a CPU is to spare for good. Two queues in a row that both spin
 * need two such CPUs beside the ones that work; with fewer, latency collapses.
 */
final class SpinStrategy implements ParkingStrategy {
  @Override
  public String name() {
    return "spin";
  }

  @Override
  public Note newNote(NoteWord word) {
    return new BusyNote(word) {
      @Override
      protected void block(long timeoutNanos) {
        Thread.onSpinWait();
      }
    };
  }

  /**
   * A note whose sleeper keeps reading the word, so that nothing but the word is needed to wake it.
   */
  abstract static class BusyNote extends Note {
    BusyNote(NoteWord word) {
      super(word);
    }

    @Override
    public final WakeMethod wakeMethod() {
      return WakeMethod.WORD;
    }

    @Override
    protected final void unblock() {}
  }
}
