package org.sigqueue.core.park;

/**
 * Never stops reading the word, so that nothing but the word is needed to wake the sleeper.
 *
 * <p>{@code spin} has the lowest latency there is, for the price of a CPU that does nothing else.
 * Choose it only where a CPU is to spare for good. Two queues in a row that both spin need two such
 * CPUs beside the ones that work; with fewer, latency collapses.
 *
 * <p>{@code yield} reads the word between calls of {@link Thread#yield}: it lets others run first
 * where CPUs are scarce. Latency is that of the scheduler when they are, a syscall when not.
 */
final class BusyStrategy implements ParkingStrategy {
  private final String name;
  private final boolean yields;

  BusyStrategy(String name, boolean yields) {
    this.name = name;
    this.yields = yields;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Note newNote(NoteWord word) {
    return BusyNote.on(word, yields);
  }

  private static final class BusyNote extends Note {
    private final boolean yields;

    private BusyNote(NoteWord word, boolean yields) {
      super(word);
      this.yields = yields;
    }

    // Not a constructor call in the strategy: to verify it, the VM would load this class with it.
    static Note on(NoteWord word, boolean yields) {
      return new BusyNote(word, yields);
    }

    @Override
    public WakeMethod wakeMethod() {
      return WakeMethod.WORD;
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // that it depends on the scheduler is its purpose
    protected void block(long timeoutNanos) {
      if (yields) {
        Thread.yield();
      } else {
        Thread.onSpinWait();
      }
    }

    @Override
    protected void unblock() {}
  }
}
