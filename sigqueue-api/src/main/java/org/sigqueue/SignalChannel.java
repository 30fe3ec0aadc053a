package org.sigqueue;

import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.park.Note;
import org.sigqueue.dispatch.ChannelSubscriber;
import org.sigqueue.dispatch.Hub;

/**
 * A buffer from which a program takes signal events, registered with {@link Signals#notify}.
 *
 * <p>All methods may be called from any thread, virtual ones too. Several threads may take events;
 * each event goes to one of them. What happened before a signal was sent by this process is visible
 * to the thread that takes its event.
 *
 * <p>A platform thread that waits here while nothing else is going on is woken by the next signal
 * itself, in place of the dispatcher, and first delivers it to all that are interested: to channels
 * and callbacks; inline handlers and contexts are left to the dispatcher. That takes microseconds
 * and runs no code of a user.
 *
 * <p>Where nothing is there, a method that does not wait says null. Where nothing can follow,
 * because the channel is closed and empty, an iteration ends, and a method that waits throws {@link
 * ChannelClosedException}.
 */
public final class SignalChannel implements AutoCloseable, Iterable<SignalEvent> {
  private final ChannelSubscriber subscriber;

  private SignalChannel(SignalBuffer buffer) {
    subscriber = new ChannelSubscriber(buffer);
  }

  /** A channel that keeps events in this way. */
  public static SignalChannel of(SignalBuffer buffer) {
    return new SignalChannel(buffer);
  }

  /** A channel that coalesces events by signal; see {@link SignalBuffer#coalescing}. */
  public static SignalChannel coalescing() {
    return of(SignalBuffer.coalescing());
  }

  /**
   * A channel that keeps every occurrence up to a capacity; see {@link SignalBuffer#queueing}.
   *
   * <p>Real-time signals that are pending at the same time are handled by several threads at once,
   * which may record them in another order than they were sent. To keep the order, receive them
   * {@linkplain SignalNotifier.Builder#exclusive exclusively}.
   *
   * @throws IllegalArgumentException if the capacity is not in 1 to 1,048,576
   */
  public static SignalChannel queueing(int capacity) {
    return of(SignalBuffer.queueing(capacity));
  }

  ChannelSubscriber subscriber() {
    return subscriber;
  }

  /**
   * Takes an event; waits for one if there is none.
   *
   * @throws InterruptedException if interrupted while waiting; no event is lost
   * @throws ChannelClosedException if the channel is closed and holds no more events; its cause, if
   *     it has one, is why signals can no longer be received
   */
  public SignalEvent take() throws InterruptedException {
    SignalEvent event = subscriber.take(Note.FOREVER);
    if (event == null) {
      throw new ChannelClosedException(subscriber.failure());
    }
    return event;
  }

  /**
   * Takes an event; waits for one, but not longer than the timeout.
   *
   * @return the event, or null if none came in time
   * @throws InterruptedException if interrupted while waiting; no event is lost
   * @throws ChannelClosedException if the channel is closed and holds no more events
   */
  public @Nullable SignalEvent poll(Duration timeout) throws InterruptedException {
    long timeoutNanos = timeout.isNegative() ? 0 : TimeUnit.NANOSECONDS.convert(timeout);
    SignalEvent event = subscriber.take(timeoutNanos);
    if (event == null && subscriber.isClosed() && (event = poll()) == null) {
      throw new ChannelClosedException(subscriber.failure());
    }
    return event;
  }

  /**
   * Takes an event if there is one. Never waits.
   *
   * @return the event, or null if there is none, or if another thread that takes one gets it
   */
  public @Nullable SignalEvent poll() {
    return subscriber.poll();
  }

  /**
   * Moves the events that are there now to a collection. Never waits.
   *
   * @return how many there were
   */
  public int drainTo(Collection<? super SignalEvent> events) {
    int moved = 0;
    for (SignalEvent event; (event = poll()) != null; moved++) {
      events.add(event);
    }
    return moved;
  }

  /**
   * The events to come: {@code next} waits for one, and there is a next until the channel is closed
   * and empty. If a thread is interrupted while it waits, it gets a {@link CancellationException}
   * and stays interrupted. If signals can no longer be received, {@link ChannelClosedException} is
   * thrown in the end.
   */
  @Override
  public Iterator<SignalEvent> iterator() {
    return new Iterator<>() {
      private @Nullable SignalEvent next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          try {
            next = subscriber.take(Note.FOREVER);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for a signal");
          }
          if (next == null && subscriber.failure() != null) {
            throw new ChannelClosedException(subscriber.failure());
          }
        }
        return next != null;
      }

      @Override
      public SignalEvent next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the signal channel is closed");
        }
        SignalEvent event = Objects.requireNonNull(next);
        next = null;
        return event;
      }
    };
  }

  /**
   * The events to come, as {@link #iterator} gives them. Ends when the channel is closed and empty.
   */
  public Stream<SignalEvent> stream() {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
        false);
  }

  /**
   * Ends all registrations of this channel, as {@link Registration#close()} does, and wakes the
   * threads that wait for events. Those that the channel holds can still be taken. Idempotent.
   */
  @Override
  public void close() {
    subscriber.refuse(new ChannelClosedException(subscriber.failure())); // first: none can follow
    try {
      Hub.endEverywhere(subscriber);
    } finally {
      subscriber.close();
    }
  }

  /** Whether nothing follows the events that the channel holds. */
  public boolean isClosed() {
    return subscriber.isClosed();
  }

  /** The outcome of the occurrences of all signals that were meant for this channel. */
  public DeliveryStats stats() {
    return subscriber.stats();
  }

  /** The outcome of the occurrences of this signal that were meant for this channel. */
  public DeliveryStats stats(Signal signal) {
    return subscriber.statsOf(signal.number());
  }
}
