package org.sigqueue.shutdown;

import java.util.concurrent.TimeUnit;
import org.sigqueue.dispatch.Log;

/**
 * The log of a shutdown, written by a thread of its own, because a log that blocks may be the very
 * reason why a program does not end. Any thread; only {@link #flush} waits, and that not for long.
 */
final class BoundedLogging {
  /** How long the end of a process waits for its log at most. */
  static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final TaskThread writer = new TaskThread("sigqueue-shutdown-log");

  void info(String line) {
    write(() -> Log.info(line));
  }

  void warn(String line) {
    write(() -> Log.warn(line, null));
  }

  void error(String line) {
    write(() -> Log.error(line, null));
  }

  void error(String line, Throwable why) {
    write(() -> Log.error(line, why));
  }

  /** Has the log written by this, which may block or throw. */
  void write(Runnable line) {
    writer.execute(line);
  }

  /** Waits until everything is written, or until that has taken too long: then the log blocks. */
  void flush() {
    writer.await(LIMIT_NANOS);
  }
}
