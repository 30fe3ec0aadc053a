package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The signal mask of the dispatch loop's thread. A process that was started with a signal blocked
 * blocks it in all its threads, and would never get it. So the loop's thread unblocks those that
 * are wanted while it waits, and only then, as by sigsuspend: what it runs and starts between two
 * waits has the mask that the process was started with. For that thread alone, but for the methods
 * that say otherwise.
 */
final class LoopMask {
  private static final SignalSet ALL = new SignalSet(-1);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final SignalSource source;
  private final ExclusiveSignals exclusive;
  private final SharedBlock block;
  private long followed; // the wanted signals that come by handler, as of the last look
  private long wereBlocked; // those of them that the thread had blocked

  // Volatile, as the routes are. The thread sets opening and then reads the routes. A call that
  // ends a route stops it and then reads these.
  private volatile boolean opening;
  private volatile long open; // what it had blocked, and does not block now

  private final AtomicLong ended = new AtomicLong(); // signals that were given back, until it looks

  LoopMask(SignalSource source, ExclusiveSignals exclusive) {
    this.source = source;
    this.exclusive = exclusive;
    this.block = source.block();
    exclusive.setMask(this);
  }

  /**
   * Unblocks the signals that are wanted, before a wait. Not while signals are on their way into
   * exclusive delivery or out of it: a thread that unblocks one of them late would get it beside
   * the receiver. The thread that moves them announces when they have arrived.
   */
  void open() {
    if (isBehind() && exclusive.tryHold()) {
      try {
        shut(); // where an error has ended this
        opening = true;
        unblock();
      } finally {
        opening = false;
        exclusive.release();
      }
    }
  }

  private void unblock() {
    long wanted = wanted();
    long past = ended.getAndSet(0); // after the look: a signal that is wanted again is not missed
    followed &= ~past;
    wereBlocked &= ~past;
    long added = installed(wanted & ~followed);
    SignalSet opened = new SignalSet((wanted & wereBlocked) | added);
    open = opened.bits();
    wereBlocked = opened.isEmpty() ? 0 : source.unblockInThisThread(opened).bits();
    open = wereBlocked;
    followed = (wanted & followed) | added; // last: what has failed is due again
  }

  /** Blocks again what {@link #open} has unblocked. Makes no object. */
  void shut() {
    if (open != 0) {
      end();
    }
  }

  /** Blocks again what the thread had blocked. Makes no object. */
  void end() {
    source.blockInThisThread(ALL);
    open = 0;
  }

  /** Notes that a signal was given back to its previous disposition. Any thread. */
  void forget(int signal) {
    long before;
    do {
      before = ended.get();
    } while (!ended.compareAndSet(before, before | SignalSet.bit(signal)));
  }

  /**
   * Whether {@link #open} has something to do: always, while there are signals that the thread had
   * blocked. Only the thread that has the loop's role may ask.
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
    return bits == followed && wereBlocked == 0 ? bits : exclusive.wanted(bits);
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

  /**
   * Waits until the thread has blocked again the signals that are not wanted any more, so that the
   * process finds these signals blocked, as at its start, before their previous dispositions are
   * back: the default action may be death. Any thread; a second at most.
   */
  void awaitUnwantedBlocked() {
    await(ALL, true);
  }

  /**
   * Waits until the thread has blocked these signals again, if it had. Any thread that keeps it
   * from opening them, by {@link ExclusiveSignals#tryHold}; a second at most.
   */
  void awaitBlocked(SignalSet signals) {
    await(signals, false);
  }

  /** The thread itself does not wait: its mask is open only while it waits for signals. */
  private void await(SignalSet signals, boolean unwanted) {
    if (!isOpen(signals, unwanted)) {
      return;
    }
    long start = System.nanoTime();
    block.queue().announce();
    boolean interrupted = false;
    while (isOpen(signals, unwanted) && System.nanoTime() - start < PATIENCE_NANOS) {
      interrupted |= Threads.pause();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the thread may get a signal that is not wanted any more. Any thread. */
  boolean isOpenToUnwanted() {
    return isOpen(ALL, true);
  }

  private boolean isOpen(SignalSet signals, boolean unwanted) {
    if (opening) {
      return true;
    }
    long bits = open & signals.bits();
    return (unwanted ? bits & ~exclusive.wanted(bits) : bits) != 0;
  }
}
