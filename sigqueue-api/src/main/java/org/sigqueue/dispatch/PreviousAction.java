package org.sigqueue.dispatch;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sigqueue.SignalEvent;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.source.SignalSource;

/**
 * The previous action of one occurrence that was delivered to observers alone: it follows when all
 * of them have voted, unless one has handled the signal. The last voter takes it, on its own
 * thread.
 */
public final class PreviousAction {
  /** The vote on an occurrence that a subscriber without a vote gets as well: it is handled. */
  static final PreviousAction NONE = new PreviousAction(null, new Occurrence(), 0);

  private static final Log.FailureReport FAILURES =
      new Log.FailureReport("the previous action of a signal");

  private final @Nullable SignalSource source; // null: nothing follows
  private final Occurrence occurrence;
  private final AtomicInteger voters;
  private volatile boolean handled;

  private PreviousAction(@Nullable SignalSource source, Occurrence occurrence, int voters) {
    this.source = source;
    this.occurrence = occurrence;
    this.voters = new AtomicInteger(voters);
  }

  /**
   * Takes the previous action of an event. While the JVM is exiting its own handler would wait for
   * the exit to end, which may hang: then the signal ends the process by its default action.
   */
  public static void take(SignalSource source, SignalEvent event) {
    if (isJvmExiting()) {
      source.processControl().die(event.signal().number());
    } else {
      source.processControl().takePreviousAction(((RecordedEvent) event).occurrence());
    }
  }

  private static boolean isJvmExiting() {
    Thread probe = Threads.create("sigqueue-exit-probe", true, () -> {});
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) { // the documented answer
      return true;
    }
  }

  /** The vote on an occurrence, among the routes that cover it. */
  static PreviousAction vote(
      Route[] routes, long after, long upTo, Occurrence occurrence, SignalSource source) {
    int voters = 0;
    for (Route route : routes) {
      if (route.covered(after, upTo) > 0) {
        if (!route.subscriber.votes()) {
          return NONE;
        }
        voters++;
      }
    }
    return voters == 0
        ? NONE
        : new PreviousAction(source, RecordedEvent.of(occurrence).occurrence(), voters);
  }

  /** One party has decided. The last one that lets the signal go on takes the previous action. */
  void cast(boolean isHandled) {
    if (source == null) {
      return;
    }
    if (isHandled) {
      handled = true;
    }
    if (voters.decrementAndGet() == 0 && !handled) {
      try {
        source.processControl().takePreviousAction(occurrence);
      } catch (Throwable e) {
        FAILURES.failed(e);
      }
    }
  }
}
