package org.sigqueue.core;

/**
 * The sending side of a {@link SharedBlock} in Java: what {@code sigshim.c} does in a signal
 * handler, for sources that have no handler. Any thread; lock-free.
 */
public final class JavaSender {
  private final SharedBlock block;
  private final OccurrenceRing ring;

  /** Creates the sending side of a block. */
  public JavaSender(SharedBlock block) {
    this.block = block;
    this.ring = new OccurrenceRing(block);
  }

  /**
   * Accepts an occurrence if its signal is wanted: counts it, records it and sends the signal.
   *
   * @return whether it was accepted; if not, the previous action is the caller's to take
   */
  public boolean accept(Occurrence occurrence) {
    int signal = occurrence.signal;
    block.enter(signal);
    boolean wanted = block.isWanted(signal); // makes no object: what is entered is left
    if (wanted) {
      block.addAccepted(signal);
      if (!ring.offer(occurrence)) {
        block.addLost(signal);
      }
      block.queue().send(signal); // last: it announces all of the above
    }
    if (block.leave(signal)) {
      block.queue().announce();
    }
    return wanted;
  }
}
