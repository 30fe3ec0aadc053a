package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalEvent;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;

/** The inside of a channel: a mailbox, and a queue that wakes the one taker that waits. */
public final class ChannelSubscriber extends Subscriber implements BooleanSupplier {
  private final Mailbox mailbox;
  private final boolean queueing;
  private final SignalQueue bell = SignalQueue.create(); // announced; its mask is not used
  private final Receiver listener = bell.claim(ParkingStrategies.PARK);
  private final ReentrantLock takers = new ReentrantLock(); // around listener and mailbox.poll
  private volatile @Nullable Lending lending; // of the loop that dispatches, latest
  private volatile @Nullable Lending borrowed; // the taker waits, or is about to, as its borrower
  private volatile @Nullable RuntimeException refusal; // set when it is closed
  private volatile @Nullable Throwable failure; // why nothing follows, if not because of close

  /** Creates a channel that keeps events in this way. */
  public ChannelSubscriber(SignalBuffer buffer) {
    this.mailbox = Mailbox.of(buffer);
    this.queueing = !buffer.isCoalescing();
  }

  @Override
  boolean offer(Delivery offer, DeliveryCounter counter) {
    boolean kept = mailbox.put(offer.event().withCount(offer.count()), counter);
    if (kept) {
      bell.announce();
      recallTaker();
    }
    return kept;
  }

  /** Another loop may offer, too: that from which the taker borrows is asleep. */
  private void recallTaker() {
    // volatile, after the change of the mailbox or the bell: the taker says that it borrows, and
    // then looks at both.
    Lending lent = borrowed;
    if (lent != null) {
      lent.recall();
    }
  }

  @Override
  void dispatchedBy(Lending by) {
    lending = by;
  }

  @Override
  boolean keepsOrder() {
    return queueing;
  }

  /**
   * Takes the next event, or waits for it.
   *
   * @param timeoutNanos nanoseconds, or {@link Note#FOREVER}; not positive means not to wait
   * @return null if none came in time, or the channel is closed and empty
   */
  public @Nullable SignalEvent take(long timeoutNanos) throws InterruptedException {
    boolean timed = timeoutNanos != Note.FOREVER;
    long start = timed ? System.nanoTime() : 0;
    if (!timed) {
      takers.lockInterruptibly();
    } else if (!takers.tryLock(timeoutNanos, TimeUnit.NANOSECONDS)) {
      return null;
    }
    try {
      long left = timeoutNanos;
      for (; ; ) {
        boolean last = left <= 0 || bell.isClosed(); // before the look, which then misses nothing
        SignalEvent event = mailbox.poll();
        if (event != null || last) {
          return event;
        }
        if (!borrow(left)) {
          listener.receiveSet(left);
        }
        if (timed) {
          left = timeoutNanos - (System.nanoTime() - start);
        }
      }
    } finally {
      takers.unlock();
    }
  }

  /** Waits with the role of the dispatch loop, so that a signal wakes this thread and no other. */
  private boolean borrow(long timeoutNanos) throws InterruptedException {
    Lending lender = lending;
    if (lender == null) {
      return false;
    }
    borrowed = lender;
    try {
      return lender.borrow(timeoutNanos, this);
    } finally {
      borrowed = null;
    }
  }

  /**
   * Whether a borrower has a reason not to wait. For the loan alone, once the role is lent. A
   * method and no lambda, which the first use would have to make.
   */
  @Override
  public boolean getAsBoolean() {
    Lending lender = borrowed;
    return !mailbox.isEmpty() || bell.isClosed() || lender == null || !lender.isOpen();
  }

  /** Takes the next event if there is one, and if no other thread is taking one. */
  public @Nullable SignalEvent poll() {
    if (!takers.tryLock()) {
      return null;
    }
    try {
      return mailbox.poll();
    } finally {
      takers.unlock();
    }
  }

  /** Refuses registrations from now on. Idempotent. */
  public void refuse(RuntimeException why) {
    refusal = why;
  }

  /** Wakes the takers; events that it holds can still be taken. Idempotent. */
  public void close() {
    bell.close();
    recallTaker();
    lending = null;
  }

  /** Whether no event follows those that it holds. */
  public boolean isClosed() {
    return bell.isClosed();
  }

  /** Why nothing follows, if the dispatch loop has failed. */
  public @Nullable Throwable failure() {
    return failure;
  }

  @Override
  void fail(Throwable why) {
    if (refusal == null) {
      failure = why; // first: a taker that sees it closed can say why
    }
    bell.close();
    recallTaker();
  }

  @Override
  @Nullable RuntimeException refusal() {
    Throwable failed = failure;
    return failed != null ? new ChannelClosedException(failed) : refusal;
  }
}
