package org.sigqueue;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls its handler on an executor, one event at a time in the order of arrival. Between it and the
 * dispatcher is a bounded queue: a slow handler delays nobody, and what finds the queue full is
 * dropped and counted.
 */
final class QueuedSubscription extends Subscriber implements Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
  static final int CAPACITY = 1024;

  private final Consumer<? super SignalEvent> handler;
  private final Consumer<? super Throwable> onFailure;
  private final Executor executor;
  private final MpscVarHandleArrayQueue<SignalEvent> events =
      new MpscVarHandleArrayQueue<>(CAPACITY);

  /** Offers that no run of the handler has seen: 0 when idle; who makes it 1 starts a run. */
  private final AtomicInteger unseen = new AtomicInteger();

  private final AtomicLong failures = new AtomicLong();
  private final Object idle = new Object(); // notified when a run ends
  private volatile @Nullable Thread running;
  private volatile boolean closed;

  /**
   * Creates a subscription that is not registered yet.
   *
   * @param onFailure told on the dispatcher thread that no event follows, as {@link #fail} is
   */
  QueuedSubscription(
      Consumer<? super SignalEvent> handler,
      Consumer<? super Throwable> onFailure,
      Executor executor) {
    this.handler = handler;
    this.onFailure = onFailure;
    this.executor = executor;
  }

  @Override
  boolean offer(Delivery delivery, Tally tally) {
    SignalEvent event = delivery.event().withCount(delivery.count());
    if (!events.offer(event)) {
      tally.dropped.addAndGet(event.count());
      return false;
    }
    if (unseen.getAndIncrement() == 0) {
      try {
        executor.execute(this::run);
      } catch (RuntimeException | Error e) {
        // There is no run, so this event is alone in the queue.
        events.clear();
        tally.dropped.addAndGet(event.count());
        failed("the executor refused to run a signal handler", e);
        endRun(unseen.get());
        return false;
      }
    }
    tally.deliver(event.count());
    return true;
  }

  private void run() {
    running = Thread.currentThread();
    int seen = 1;
    do {
      for (SignalEvent event; (event = events.poll()) != null; ) {
        try {
          handler.accept(event);
        } catch (Throwable e) { // whatever it is, the next event is handled
          failed("a signal handler has failed", e);
        }
      }
      seen = endRun(seen);
    } while (seen != 0);
  }

  /** Returns how many offers have come meanwhile; if none, the run is over. */
  private int endRun(int seen) {
    synchronized (idle) {
      running = unseen.get() == seen ? null : running;
      int more = unseen.addAndGet(-seen);
      idle.notifyAll();
      return more;
    }
  }

  private void failed(String what, Throwable e) {
    failures.incrementAndGet();
    LOG.error(what, e);
  }

  @Override
  void fail(Throwable why) {
    onFailure.accept(why);
  }

  @Override
  @Nullable RuntimeException refusal() {
    return closed ? new IllegalStateException("the subscription is closed") : null;
  }

  /** Waits as long as the executor takes to run the handler for what was accepted. */
  @Override
  public void close() {
    closed = true;
    stopEverywhere();
    if (Thread.currentThread() == running) {
      return;
    }
    boolean interrupted = false;
    synchronized (idle) {
      while (unseen.get() != 0) {
        try {
          idle.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public DeliveryStats stats() {
    return statsOfAll();
  }

  @Override
  public long failures() {
    return failures.get();
  }
}
