package org.sigqueue.dispatch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.Occurrence;

/**
 * Writes Flight Recorder events. Where the JDK comes without Flight Recorder, does nothing; until
 * something has been recorded in this process, a call costs a test of a flag.
 */
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields
public final class JfrEvents {
  private static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private JfrEvents() {}

  /**
   * Whether anything may ever have been recorded. The first object of an event class brings up much
   * of Flight Recorder, which the first signal of a process must not wait for.
   */
  private static boolean isInUse() {
    return AVAILABLE && FlightRecorder.isInitialized();
  }

  /** Records that an occurrence was dispatched. */
  static void received(Occurrence occurrence) {
    if (isInUse()) {
      try {
        Events.received(occurrence);
      } catch (Throwable e) { // no memory: the signal goes on
      }
    }
  }

  /** Records that occurrences were delivered to a subscriber, or dropped. */
  static void offered(boolean delivered, int signal, long count, Object subscriber) {
    if (isInUse()) {
      try {
        Events.offered(delivered, signal, count, subscriber);
      } catch (Throwable e) { // no memory: the signal goes on
      }
    }
  }

  /** Records that somebody has replaced the handler of a signal. */
  static void displaced(int signal, @Nullable String owner) {
    if (isInUse()) {
      Events.displaced(signal, owner);
    }
  }

  /** Apart, because even to verify a class that makes events needs Flight Recorder. */
  private static final class Events {
    // Asked whether their kind is recorded: a new event for that would be garbage.
    private static final Event RECEIVED = new Received();
    private static final Event DELIVERED = new Delivered();
    private static final Event DROPPED = new Dropped();

    static void received(Occurrence occurrence) {
      if (RECEIVED.isEnabled()) {
        Received event = new Received();
        event.signal = Signal.of(occurrence.signal).toString();
        event.count = occurrence.count;
        event.sequence = occurrence.sequence;
        event.code = occurrence.code;
        event.senderPid = occurrence.pid;
        event.latencyNanos = System.nanoTime() - occurrence.timeNanos;
        event.commit();
      }
    }

    static void offered(boolean delivered, int signal, long count, Object subscriber) {
      if ((delivered ? DELIVERED : DROPPED).isEnabled()) {
        Offered event = delivered ? new Delivered() : new Dropped();
        event.signal = Signal.of(signal).toString();
        event.count = count;
        event.subscriber = subscriber.getClass().getSimpleName();
        event.commit();
      }
    }

    static void displaced(int signal, @Nullable String owner) {
      Displaced event = new Displaced();
      event.signal = Signal.of(signal).toString();
      event.owner = owner;
      event.commit();
    }
  }

  @Name("org.sigqueue.SignalReceived")
  @Label("Signal Received")
  @Category("Signals")
  @Description("An occurrence of a signal was dispatched")
  @StackTrace(false)
  private static final class Received extends Event {
    @Label("Signal")
    @Nullable String signal;

    @Label("Count")
    long count;

    @Label("Sequence")
    long sequence;

    @Label("Code")
    int code;

    @Label("Sender PID")
    int senderPid;

    @Label("Nanoseconds since its handler ran")
    long latencyNanos;
  }

  @Category("Signals")
  @StackTrace(false)
  private abstract static class Offered extends Event {
    @Label("Signal")
    @Nullable String signal;

    @Label("Count")
    long count;

    @Label("Subscriber")
    @Nullable String subscriber;
  }

  @Name("org.sigqueue.SignalDelivered")
  @Label("Signal Delivered")
  @Description("Occurrences of a signal were delivered to a channel, a callback or a context")
  private static final class Delivered extends Offered {}

  @Name("org.sigqueue.SignalDropped")
  @Label("Signal Dropped")
  @Description("Occurrences of a signal were dropped for a channel, a callback or a context")
  private static final class Dropped extends Offered {}

  @Name("org.sigqueue.SignalDisplaced")
  @Label("Signal Handler Displaced")
  @Category("Signals")
  @Description("Somebody has replaced the handler of a signal")
  @StackTrace(false)
  private static final class Displaced extends Event {
    @Label("Signal")
    @Nullable String signal;

    @Label("Library of the new handler")
    @Nullable String owner;
  }
}
