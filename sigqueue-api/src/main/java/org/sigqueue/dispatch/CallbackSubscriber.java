package org.sigqueue.dispatch;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalBuffer;
import org.sigqueue.SignalEvent;

/** A handler of a user on an executor, one event at a time: a mailbox and a {@link SerialTask}. */
public final class CallbackSubscriber extends Subscriber implements SerialTask.Work {
  private final Predicate<? super SignalEvent> handler;
  private final boolean votes;
  private final Mailbox mailbox;
  private final SerialTask task;
  private final Log.FailureReport ofHandler;
  private final Log.FailureReport ofExecutor;
  private final AtomicLong failures = new AtomicLong();

  /**
   * Creates a subscriber.
   *
   * @param handler called for each event; its result tells whether the signal is handled, if this
   *     votes
   * @param votes whether the previous action follows where nobody has handled the signal
   * @param buffer how events wait for the handler
   * @param executor where the handler runs
   */
  public CallbackSubscriber(
      Predicate<? super SignalEvent> handler,
      boolean votes,
      SignalBuffer buffer,
      Executor executor) {
    this.handler = handler;
    this.votes = votes;
    this.mailbox = Mailbox.of(buffer);
    this.task = new SerialTask(this, executor);
    this.ofHandler = new Log.FailureReport("the handler ", handler);
    this.ofExecutor = new Log.FailureReport("the executor of the handler ", handler);
  }

  /** As the constructor. The VM need not load this class to verify a caller. */
  public static Subscriber of(
      Predicate<? super SignalEvent> handler,
      boolean votes,
      SignalBuffer buffer,
      Executor executor) {
    return new CallbackSubscriber(handler, votes, buffer, executor);
  }

  /** A handler that does not decide: its events all count as handled, or none does. */
  public static Predicate<SignalEvent> deciding(
      boolean handled, Consumer<? super SignalEvent> handler) {
    Objects.requireNonNull(handler, "handler");
    return new Predicate<>() {
      @Override
      public boolean test(SignalEvent event) {
        handler.accept(event);
        return handled;
      }

      @Override
      public String toString() {
        return handler.toString();
      }
    };
  }

  @Override
  boolean offer(Delivery offer, DeliveryCounter counter) {
    boolean kept = mailbox.put(offer.event().withCount(offer.count()), counter);
    if (kept) {
      task.announce();
    }
    return kept;
  }

  /** Delivers an event that was delivered to another subscriber. */
  public void accept(SignalEvent event) {
    RecordedEvent recorded = (RecordedEvent) event;
    if (mailbox.put(recorded, counter(recorded.signal().number()))) {
      task.announce();
    }
  }

  /** Ends the calls of the handler: none starts after the return. */
  public void close() {
    shut();
  }

  @Override
  public boolean step() {
    RecordedEvent event = mailbox.poll();
    if (event == null) {
      return false;
    }
    boolean handled = false;
    try {
      handled = handler.test(event);
    } catch (Throwable e) { // whatever it is, the next event is handled
      failures.incrementAndGet();
      ofHandler.failed(event.signal(), e);
    }
    Thread.interrupted(); // an interrupt of this call must not reach the next one
    event.vote().cast(handled);
    return true;
  }

  @Override
  public void refused(Throwable why) {
    mailbox.discard(this);
    failures.incrementAndGet();
    ofExecutor.failed(why);
  }

  @Override
  public void discard() {
    mailbox.discard(this);
  }

  @Override
  boolean votes() {
    return votes;
  }

  @Override
  void shut() {
    task.close();
  }

  @Override
  boolean awaitIdle(long timeoutNanos) throws InterruptedException {
    return task.awaitIdle(timeoutNanos);
  }

  @Override
  void fail(Throwable why) {} // it is in the log

  @Override
  @Nullable RuntimeException refusal() {
    return null;
  }

  @Override
  long failures() {
    return failures.get();
  }
}
