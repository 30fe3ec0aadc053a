package org.sigqueue.dispatch;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The signals of a source that are received exclusively. A change may take up to a second, so it
 * has a lock of its own, under which it is decided whether the change is still due.
 */
final class ExclusiveSignals {
  private static final SignalSet REAL_TIME = new SignalSet(-1L << 33); // from 34 on
  private static final AtomicBoolean ORDER_TOLD = new AtomicBoolean();

  private final SignalSource source;
  private final Routes routes;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable LoopMask mask; // of the latest loop

  // While a change lasts: what is exclusive or may become so, because all of it may have to leave.
  // Volatile, as the routes are: a way in sets this and then reads the routes. A call that ends a
  // route stops it and then reads this.
  private volatile long changing;

  ExclusiveSignals(SignalSource source, Routes routes) {
    this.source = source;
    this.routes = routes;
  }

  /** Keeps signals from entering or leaving, unless some are on their way; then returns false. */
  boolean tryHold() {
    return lock.tryLock();
  }

  /** Undoes {@link #tryHold}. */
  void release() {
    lock.unlock();
  }

  /** Makes signals exclusive, as far as they are wanted; where that fails they come by handler. */
  void enter(SignalSet signals) {
    if (signals.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      long before = source.exclusive().bits();
      changing = before | signals.bits();
      SignalSet due = new SignalSet(wanted(signals.bits() & ~before));
      if (!due.isEmpty()) {
        LoopMask masked = mask;
        if (masked != null) {
          masked.awaitBlocked(due); // then the source sees that the loop had blocked them
        }
        source.enterExclusive(due);
      }
    } catch (SignalSourceException e) {
      Threads.later(() ->
          Log.warn(
              SignalSets.toSet(signals)
                  + " come by the handler, not exclusively: "
                  + e.getMessage(),
              null));
    } finally {
      endChange();
    }
  }

  /**
   * Tells, once, that a subscriber which keeps the order of occurrences gets real-time signals by
   * the handler: signals that are pending together are handled, and recorded, by several threads.
   */
  void tellOfOrder(Subscriber subscriber, SignalSet signals) {
    boolean byHandler = !signals.intersection(REAL_TIME).minus(source.exclusive()).isEmpty();
    if (byHandler && subscriber.keepsOrder() && ORDER_TOLD.compareAndSet(false, true)) {
      Threads.later(() ->
          Log.warn(
              "a queueing channel receives real-time signals by the handler, which may record"
                  + " those of a burst in another order; SignalNotifier.Builder.exclusive keeps it",
              null));
    }
  }

  /** Sets the mask of the loop that is about to start. */
  void setMask(LoopMask latest) {
    mask = latest;
  }

  /**
   * Brings those that are not wanted any more back to the handler, and those that the process was
   * started to block back to that. If another call changes some, this waits for that one, which
   * brings these back, too.
   */
  void leaveUnwanted() {
    boolean interrupted = false;
    while (hasUnwanted() && !lock.tryLock()) {
      interrupted |= Threads.pause();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (lock.isHeldByCurrentThread()) {
      endChange();
    }
    LoopMask masked = mask;
    if (masked != null) {
      masked.awaitUnwantedBlocked();
    }
  }

  /**
   * Whether no thread can get a signal that is not wanted any more, so that its disposition may be
   * put back. Callers must hold the hub's lock: then no signal becomes unwanted meanwhile.
   */
  boolean hasLeftUnwanted() {
    LoopMask masked = mask;
    return !hasUnwanted() && (masked == null || !masked.isOpenToUnwanted());
  }

  /** Notes that a signal was given back to its previous disposition. Any thread. */
  void forget(int signal) {
    LoopMask masked = mask;
    if (masked != null) {
      masked.forget(signal);
    }
  }

  /** Whether signals that are not wanted any more are exclusive, or on their way. */
  private boolean hasUnwanted() {
    long bits = changing; // before: those on their way in are exclusive before they have arrived
    bits |= source.exclusive().bits();
    bits |= changing; // and after: those on their way out are not exclusive any more
    return (bits & ~wanted(bits)) != 0;
  }

  /** Has all signals leave that are not wanted any more, and releases the lock. */
  private void endChange() {
    try {
      changing = source.exclusive().bits();
      SignalSet due = new SignalSet(changing & ~wanted(changing));
      if (!due.isEmpty()) {
        source.leaveExclusive(due);
      }
    } finally {
      changing = 0;
      lock.unlock();
      source.block().queue().announce(); // the loop follows
    }
  }

  /** Those of these signals that have a subscriber. Any thread; never blocks; makes no object. */
  long wanted(long signals) {
    long wanted = 0;
    for (long left = signals; left != 0; left &= left - 1) {
      int signal = Long.numberOfTrailingZeros(left) + 1;
      wanted |= routes.isWanted(signal) ? SignalSet.bit(signal) : 0;
    }
    return wanted;
  }
}
