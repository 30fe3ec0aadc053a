package org.sigqueue.core.park;

/**
 * Spins briefly, where a CPU may be spare, then sleeps as the word's own {@link NoteWord#sleeper}
 * does. How long it spins follows what spinning has brought lately: it grows while wake-ups come in
 * time and shrinks to almost nothing while they do not, so an idle queue costs one short spin.
 */
final class AdaptiveStrategy implements ParkingStrategy {
  /**
   * About the cost of a sleep and a wake-up: spinning longer can never have been the better choice.
   */
  private static final long MAX_SPIN_NANOS = 50_000;

  private static final long MIN_SPIN_NANOS = 1_000;

  @Override
  public String name() {
    return "adaptive";
  }

  @Override
  public Note newNote(NoteWord word) {
    return new AdaptiveNote(word, word.sleeper().newNote(word));
  }

  private static final class AdaptiveNote extends Note {
    private final Note sleeper;
    // Both of the sleeping side alone.
    private long spinNanos = MAX_SPIN_NANOS;
    private boolean mustBlock; // to notice everything

    AdaptiveNote(NoteWord word, Note sleeper) {
      super(word);
      this.sleeper = sleeper;
    }

    @Override
    public WakeMethod wakeMethod() {
      return sleeper.wakeMethod();
    }

    @Override
    public int wakeFd() {
      return sleeper.wakeFd();
    }

    @Override
    public boolean fetch() {
      mustBlock = sleeper.fetch();
      return mustBlock;
    }

    @Override
    protected boolean spin() {
      if (mustBlock) {
        return false;
      }
      // Read each time: the CPUs that a container or an affinity mask leaves us can change.
      if (Runtime.getRuntime().availableProcessors() == 1) {
        return false;
      }
      long start = System.nanoTime();
      while (System.nanoTime() - start < spinNanos) {
        if (isWoken()) {
          spinNanos = Math.min(MAX_SPIN_NANOS, spinNanos * 2);
          return true;
        }
        Thread.onSpinWait();
      }
      spinNanos = Math.max(MIN_SPIN_NANOS, spinNanos / 2);
      return false;
    }

    @Override
    protected void block(long timeoutNanos) {
      sleeper.block(timeoutNanos);
    }

    @Override
    protected void blockUninterruptibly() {
      sleeper.blockUninterruptibly();
    }

    @Override
    protected void unblock() {
      sleeper.unblock();
    }

    @Override
    public void close() {
      sleeper.close();
    }
  }
}
