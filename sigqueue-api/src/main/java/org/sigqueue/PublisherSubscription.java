package org.sigqueue;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscriber of a {@link SignalPublisher}: its registration, its buffer and its demand.
 *
 * <p>The subscriber is called by runs on the executor, one at a time: whoever has something for it
 * to see, the dispatcher an event, the subscriber a request, starts a run if there is none.
 */
final class PublisherSubscription implements SignalPublisher.CountedSubscription {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private final SignalPublisher publisher;
  private final Dependents dependents;
  private final MpscVarHandleArrayQueue<SignalEvent> buffer;
  private final Tally tally = new Tally();
  private final AtomicLong demand = new AtomicLong(); // Long.MAX_VALUE: unbounded

  /** What no run has seen: 0 when idle; who makes it 1 starts a run. The first is open's. */
  private final AtomicLong unseen = new AtomicLong(1);

  private Flow.@Nullable Subscriber<? super SignalEvent> subscriber; // for runs; null: it has left
  private volatile @Nullable Subscription registration;
  private volatile @Nullable Throwable failure; // the subscriber has to be told
  private volatile boolean ended; // nothing follows what is in the buffer
  private volatile @Nullable Throwable endedBy; // the dispatcher's failure, before ended
  private volatile boolean left; // cancelled, or told the end

  PublisherSubscription(
      SignalPublisher publisher,
      Dependents dependents,
      int capacity,
      Flow.Subscriber<? super SignalEvent> subscriber) {
    this.publisher = publisher;
    this.dependents = dependents;
    this.buffer = new MpscVarHandleArrayQueue<>(capacity);
    this.subscriber = subscriber;
  }

  /** Registers for the signals; if that is refused, the subscriber will be told. */
  void register(SignalNotifier notifier, Signal[] signals) {
    try {
      registration = notifier.subscribe(this::offer, this::onFailure, Runnable::run, signals);
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  /** Calls {@code onSubscribe}, and then allows runs: no other call may overlap with it. */
  void open() {
    try {
      Objects.requireNonNull(subscriber).onSubscribe(this);
    } catch (Throwable e) { // whatever it is, there is nobody to tell but the log
      fail(e);
    }
    dependents.execute(this::run);
  }

  /** Ends the stream after what is in the buffer. */
  void end() {
    unregister();
    ended = true;
    announce();
  }

  private void onFailure(Throwable why) {
    endedBy = why;
    ended = true;
    announce();
  }

  @Override
  public void request(long n) {
    if (left) {
      return; // rule 3.6: a run that is under way may not tell what it finds
    }
    if (n <= 0) {
      failure = new IllegalArgumentException("request(" + n + "): rule 3.9 demands at least 1");
    } else {
      demand.getAndUpdate(before -> before + n < 0 ? Long.MAX_VALUE : before + n);
    }
    announce();
  }

  @Override
  public void cancel() {
    leave();
    if (unseen.getAndIncrement() == 0) {
      release(); // in place of a run; there will be no other
    }
  }

  @Override
  public DeliveryStats stats() {
    return tally.snapshot();
  }

  /** Takes an event; on the dispatcher thread. */
  private void offer(SignalEvent event) {
    if (buffer.offer(event)) {
      tally.deliver(event.count());
      publisher.total().deliver(event.count());
      announce();
    } else {
      tally.dropped.addAndGet(event.count());
      publisher.total().dropped.addAndGet(event.count());
      Recorder.offered(false, event.signal().number(), event.count(), this);
    }
  }

  private void announce() {
    if (!left && unseen.getAndIncrement() == 0) {
      dependents.execute(this::run);
    }
  }

  private void run() {
    long seen = 1;
    do {
      Flow.Subscriber<? super SignalEvent> to = subscriber;
      try {
        while (!left && to != null && tellNext(to)) {}
      } catch (Throwable e) { // rule 2.13: it counts as a cancel
        fail(e);
      }
      if (left) {
        release();
      }
      seen = unseen.addAndGet(-seen);
    } while (seen != 0);
  }

  /**
   * Tells the subscriber the next thing, if there is one that it may be told now.
   *
   * @return whether it was an event, so that there may be more
   */
  private boolean tellNext(Flow.Subscriber<? super SignalEvent> to) {
    Throwable failed = failure;
    if (failed != null) {
      leave();
      to.onError(failed);
      return false;
    }
    boolean last = ended; // before the look at the buffer, which then misses nothing
    if (buffer.isEmpty()) {
      if (last) {
        tellEnd(to);
      }
      return false;
    }
    if (demand.get() == 0) {
      return false;
    }
    demand.getAndUpdate(before -> before == Long.MAX_VALUE ? before : before - 1);
    to.onNext(Objects.requireNonNull(buffer.poll()));
    return true;
  }

  private void tellEnd(Flow.Subscriber<? super SignalEvent> to) {
    Throwable why = endedBy;
    leave();
    if (why == null) {
      to.onComplete();
    } else {
      to.onError(why);
    }
  }

  private void fail(Throwable e) {
    LOG.error("a subscriber of signals has failed; its subscription is cancelled", e);
    cancel();
  }

  private void leave() {
    left = true;
    unregister();
    publisher.forget(this);
  }

  /** Rule 3.13: drops what is held for the subscriber, and it. */
  private void release() {
    subscriber = null;
    buffer.clear();
  }

  private void unregister() {
    Subscription ending = registration;
    if (ending != null) {
      ending.close();
    }
  }
}
