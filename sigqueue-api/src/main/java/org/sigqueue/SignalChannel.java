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
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Note;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.SignalQueue;

/**
 * Where a program takes signal events from, registered with {@link Signals#notify}.
 *
 * <p>All methods may be called from any thread, virtual ones too. Several threads may take events;
 * each event goes to one of them. What happened before a signal was sent by this process is visible
 * to the thread that takes its event.
 */
public abstract sealed class SignalChannel extends Subscriber
    implements AutoCloseable, Iterable<SignalEvent> permits CoalescingChannel, QueueingChannel {
  /** Wakes the one thread that waits for events; its bits are the subclass's to use. */
  final SignalQueue bell = SignalQueue.create(ParkingStrategies.PARK);

  private final ReentrantLock takers = new ReentrantLock();
  private volatile boolean closed;
  private volatile @Nullable Throwable failure; // why nothing follows, if not because of close

  SignalChannel() {}

  /**
   * A channel that holds at most one event for each signal: occurrences that come before it is
   * taken are added to its count. It drops nothing and cannot grow. Events come in the order of the
   * signal numbers, with the details of the latest occurrence. The choice for standard signals.
   */
  public static SignalChannel coalescing() {
    return new CoalescingChannel();
  }

  /**
   * A channel that holds every occurrence up to its capacity, in the order in which the source
   * recorded them ({@link SignalEvent#sequence}); when it is full the newest is dropped and
   * counted. The choice for real-time signals and their values. Signals that are pending at the
   * same time are handled by several threads at once, which may record them in another order than
   * they were sent.
   *
   * @param capacity how many events it holds at least: 1 to 1,048,576, rounded up to a power of two
   * @throws IllegalArgumentException if the capacity is not in this range
   */
  public static SignalChannel queueing(int capacity) {
    return new QueueingChannel(capacity);
  }

  /**
   * Takes an event; waits for one if there is none.
   *
   * @throws InterruptedException if interrupted while waiting; no event is lost
   * @throws ChannelClosedException if the channel is closed and holds no more events; its cause, if
   *     it has one, is why signals can no longer be received
   */
  public SignalEvent take() throws InterruptedException {
    SignalEvent event = await(Note.FOREVER);
    if (event == null) {
      throw new ChannelClosedException(failure);
    }
    return event;
  }

  /**
   * Takes an event; waits for one, but not longer than the timeout.
   *
   * @return the event, or null if none came in time
   * @throws InterruptedException if interrupted while waiting; no event is lost
   * @throws ChannelClosedException if the channel is closed and holds no more events, as {@link
   *     #take} does
   */
  public @Nullable SignalEvent poll(Duration timeout) throws InterruptedException {
    long timeoutNanos = timeout.isNegative() ? 0 : TimeUnit.NANOSECONDS.convert(timeout);
    SignalEvent event = await(timeoutNanos);
    if (event == null && closed && (event = poll()) == null) {
      throw new ChannelClosedException(failure);
    }
    return event;
  }

  /**
   * Takes an event if there is one. Never waits.
   *
   * @return the event, or null if there is none, or if another thread is taking one right now
   * @throws ChannelClosedException if there is none, and signals can no longer be received
   */
  public @Nullable SignalEvent poll() {
    if (!takers.tryLock()) {
      return null;
    }
    try {
      boolean last = failure != null; // before the look, which then misses nothing
      SignalEvent event = next(0);
      if (event == null && last) {
        throw new ChannelClosedException(failure);
      }
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError("only a wait can be interrupted", e);
    } finally {
      takers.unlock();
    }
  }

  /**
   * Moves the events that are there now to a collection. Never waits.
   *
   * @return how many there were
   * @throws ChannelClosedException if there were none, and signals can no longer be received
   */
  public int drainTo(Collection<? super SignalEvent> events) {
    int moved = 0;
    try {
      for (SignalEvent event; (event = poll()) != null; moved++) {
        events.add(event);
      }
    } catch (ChannelClosedException e) {
      if (moved == 0) {
        throw e;
      } // else the next call tells
    }
    return moved;
  }

  /**
   * The events to come: {@code next} waits for one, and there is a next until the channel is closed
   * and empty. Interrupting a thread that waits throws {@link CancellationException} and leaves it
   * interrupted. If signals can no longer be received it throws {@link ChannelClosedException} in
   * the end.
   */
  @Override
  public Iterator<SignalEvent> iterator() {
    return new Iterator<>() {
      private @Nullable SignalEvent next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          try {
            next = await(Note.FOREVER);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for a signal");
          }
          if (next == null && failure != null) {
            throw new ChannelClosedException(failure);
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
   * Stops all registrations of this channel, as {@link Signals#stop} does, and wakes the threads
   * that wait for events. Those that the channel holds can still be taken. Idempotent.
   */
  @Override
  public void close() {
    closed = true; // before the stops: no registration can follow them
    stopEverywhere();
    bell.close();
  }

  @Override
  final void fail(Throwable why) {
    if (!closed) {
      failure = why; // first: who sees that it is closed can say why
      closed = true;
    }
    bell.close();
  }

  /** Whether the channel was closed, or has failed. It may still hold events. */
  public boolean isClosed() {
    return closed;
  }

  /** What became of the occurrences of all signals that were meant for this channel. */
  public DeliveryStats stats() {
    return statsOfAll();
  }

  /** What became of the occurrences of this signal that were meant for this channel. */
  public DeliveryStats stats(Signal signal) {
    return statsOf(signal.number());
  }

  @Override
  final @Nullable RuntimeException refusal() {
    return closed ? new ChannelClosedException(failure) : null;
  }

  /**
   * Takes the next event; waits for one if there is none. Called by one thread at a time.
   *
   * @return null if none came in time or the channel is closed
   */
  abstract @Nullable SignalEvent next(long timeoutNanos) throws InterruptedException;

  private @Nullable SignalEvent await(long timeoutNanos) throws InterruptedException {
    long start = System.nanoTime();
    if (timeoutNanos == Note.FOREVER) {
      takers.lockInterruptibly();
    } else if (!takers.tryLock(timeoutNanos, TimeUnit.NANOSECONDS)) {
      return null;
    }
    try {
      long left = timeoutNanos;
      for (; ; ) {
        boolean last = left <= 0 || bell.isClosed(); // before the look, which then misses nothing
        SignalEvent event = next(left);
        if (event != null || last) {
          return event;
        }
        if (timeoutNanos != Note.FOREVER) {
          left = timeoutNanos - (System.nanoTime() - start);
        }
      }
    } finally {
      takers.unlock();
    }
  }
}
