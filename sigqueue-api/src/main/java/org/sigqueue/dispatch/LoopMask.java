package org.sigqueue.dispatch;

import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;

/**
 * The signal mask of the dispatch loop's thread, which does not block what is wanted. Else a
 * process that was started with a signal blocked, in all its threads, would never get it. For that
 * thread alone.
 */
final class LoopMask {
  private final SignalSource source;
  private final ExclusiveSignals exclusive;
  private final SharedBlock block;
  private long followed; // the wanted signals that come by handler, as of the last look
  private long wereBlocked; // those of them that the thread has blocked by itself

  LoopMask(SignalSource source, ExclusiveSignals exclusive) {
    this.source = source;
    this.exclusive = exclusive;
    this.block = source.block();
  }

  /**
   * Brings the mask in line with what is wanted. Not while signals are on their way into exclusive
   * delivery or out of it: a thread that unblocks one of them late would get it beside the
   * receiver. Whoever moves them announces when they have arrived.
   */
  void follow() {
    if (block.wantedByHandlerBits() != followed && exclusive.tryHold()) {
      try {
        change(block.wantedByHandlerBits());
      } finally {
        exclusive.release();
      }
    }
  }

  private void change(long wanted) {
    long added = wanted & ~followed;
    if (added != 0) {
      wereBlocked |= source.unblockInThisThread(new SignalSet(added)).bits();
    }
    long blockAgain = wereBlocked & ~wanted & ~block.exclusive().bits();
    if (blockAgain != 0) {
      source.blockInThisThread(new SignalSet(blockAgain));
    }
    wereBlocked &= wanted;
    followed = wanted;
  }
}
