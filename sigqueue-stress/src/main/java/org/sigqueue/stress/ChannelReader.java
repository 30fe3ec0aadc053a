package org.sigqueue.stress;

import java.util.concurrent.atomic.AtomicLong;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;

/** A thread that takes all events of a channel, until the channel is closed and empty. */
final class ChannelReader extends Thread {
  private final SignalChannel channel;
  private final Signal expected;
  private final Errors errors;
  private final AtomicLong events = new AtomicLong(); // written by this thread alone
  private final AtomicLong occurrences = new AtomicLong(); // likewise
  private long sequence = -1;

  ChannelReader(SignalChannel channel, Signal expected, Errors errors) {
    super("stress-receiver");
    this.channel = channel;
    this.expected = expected;
    this.errors = errors;
    setDaemon(true);
  }

  /** How many events it has taken. */
  long events() {
    return events.getAcquire();
  }

  /** How many occurrences they stood for. */
  long occurrences() {
    return occurrences.getAcquire();
  }

  @Override
  public void run() {
    try {
      for (; ; ) {
        SignalEvent event = channel.take();
        check(event);
        events.setRelease(events.getPlain() + 1);
        occurrences.setRelease(occurrences.getPlain() + event.count());
      }
    } catch (ChannelClosedException e) {
      return; // the regular end
    } catch (InterruptedException | RuntimeException | Error e) {
      errors.add(getName(), e);
    }
  }

  private void check(SignalEvent event) {
    if (!event.signal().equals(expected)) {
      throw new IllegalStateException("received " + event + " instead of " + expected);
    }
    if (event.hasDetails()) {
      if (event.sequence() <= sequence) {
        throw new IllegalStateException("event " + event.sequence() + " came after " + sequence);
      }
      sequence = event.sequence();
    }
  }
}
