package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The signal mask of the dispatch loop's thread, which does not block signals that are wanted. Else
 * a process that was started with a signal blocked, in all its threads, would never get it. For
 * that thread alone, but for {@link #awaitBlockedAgain}.
 */
final class LoopMask {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private final SignalSource source;
  private final ExclusiveSignals exclusive;
  private final SharedBlock block;
  private long followed; // the wanted signals that come by handler, as of the last look

  /** Those of them that the thread had blocked before. Written by the thread. */
  private volatile long wereBlocked;

  private volatile @Nullable Thread thread; // the last one that has changed its mask

  LoopMask(SignalSource source, ExclusiveSignals exclusive) {
    this.source = source;
    this.exclusive = exclusive;
    this.block = source.block();
  }

  /**
   * Brings the mask in line with the signals that are wanted, and unblocks those that have blocked
   * themselves again: one that the thread had blocked does so when it comes. Not while signals are
   * on their way into exclusive delivery or out of it: a thread that unblocks one of them late
   * would get it beside the receiver. The thread that moves them announces when they have arrived.
   */
  void follow() {
    if (isBehind() && exclusive.tryHold()) {
      try {
        change(wanted());
      } finally {
        exclusive.release();
      }
    }
  }

  /**
   * Whether {@link #follow} has something to do: always, while it keeps signals unblocked that the
   * thread had blocked. Only the thread that has the loop's role may ask.
   */
  boolean isBehind() {
    return source.isSubjectToMasks() && (wereBlocked != 0 || wanted() != followed);
  }

  /**
   * The signals that come by the handler and have a subscriber. A signal that senders accept only
   * until this thread has blocked it again has none. The routes are read only where that matters.
   */
  private long wanted() {
    long bits = block.wantedByHandlerBits();
    return bits == followed && wereBlocked == 0 ? bits : withSubscriber(bits);
  }

  private long withSubscriber(long bits) {
    return bits == 0 ? 0 : exclusive.wanted(new SignalSet(bits)).bits();
  }

  private long ownerless() {
    long bits = wereBlocked;
    return bits & ~withSubscriber(bits);
  }

  private void change(long wanted) {
    long unblocked = wereBlocked;
    long added = installed(wanted & ~followed);
    long blockAgain = unblocked & ~wanted & ~block.exclusive().bits();
    if (blockAgain != 0) {
      source.blockInThisThread(new SignalSet(blockAgain));
    }
    long open = (unblocked & wanted) | added;
    if (open != 0) {
      thread = Thread.currentThread();
      unblocked |= source.unblockInThisThread(new SignalSet(open)).bits();
    }
    followed = (followed & wanted) | added;
    wereBlocked = unblocked & wanted; // volatile: after the mask; pairs with awaitBlockedAgain
    exclusive.setMask(wereBlocked == 0 ? null : this);
  }

  /**
   * The signals that do not take their default action any more. An install is announced afterwards.
   */
  private long installed(long signals) {
    long bits = 0;
    for (long left = signals; left != 0; left &= left - 1) {
      int signal = Long.numberOfTrailingZeros(left) + 1;
      bits |= !source.isSubjectToMasks() || isInstalled(signal) ? SignalSet.bit(signal) : 0;
    }
    return bits;
  }

  private boolean isInstalled(int signal) {
    try {
      return source.disposition(signal).handler() != Disposition.DEFAULT;
    } catch (SignalSourceException e) {
      return true; // the kernel does not tell, and let the handler be installed
    }
  }

  /** Blocks again the signals that the thread had blocked, because it ends. */
  void end() {
    source.blockInThisThread(new SignalSet(wereBlocked));
    wereBlocked = 0;
  }

  /**
   * Waits until the thread has blocked again the signals that are not wanted any more, so that the
   * process finds these signals blocked, as at its start, before their previous dispositions are
   * back: the default action may be death. Any thread; a second at most, for the loop may run an
   * inline handler.
   */
  void awaitBlockedAgain() {
    Thread changed = thread;
    if (changed == null) {
      return; // no mask differs
    }
    if (Thread.currentThread().equals(changed)) {
      follow();
      return;
    }
    long start = System.nanoTime();
    if (ownerless() != 0) {
      block.queue().announce();
    }
    while (ownerless() != 0 && changed.isAlive() && System.nanoTime() - start < PATIENCE_NANOS) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
