package org.sigqueue.shutdown;

import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;

/**
 * The reason why a shutdown begins.
 *
 * @param reason the reason for people, if no signal began it
 * @param event the signal, if one began it
 * @param status the status that the process is to end with; null if the JVM is exiting already,
 *     with a status that was chosen elsewhere
 */
record ShutdownCause(String reason, @Nullable SignalEvent event, @Nullable ExitStatus status) {
  static ShutdownCause signal(SignalEvent event, ExitStatus status) {
    return new ShutdownCause("", event, status);
  }

  static ShutdownCause program(String reason, ExitStatus status) {
    return new ShutdownCause("the program itself: " + reason, null, status);
  }

  static ShutdownCause exit() {
    return new ShutdownCause("the JVM is exiting", null, null);
  }

  /** The same cause, for another shutdown that ends with this one. */
  ShutdownCause with(ExitStatus other) {
    return new ShutdownCause(reason, event, other);
  }

  /** The cause for people. May read small files; not for the dispatcher thread. */
  String text() {
    return event == null ? reason : Origin.describe(event);
  }

  /** The number of the signal, if one began it. */
  @Nullable Signal signal() {
    return event == null ? null : event.signal();
  }
}
