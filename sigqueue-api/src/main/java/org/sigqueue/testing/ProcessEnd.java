package org.sigqueue.testing;

import java.util.Optional;
import org.sigqueue.Signal;

/**
 * The end of a {@link VirtualProcess}, as a parent would see it. Immutable.
 *
 * @param way whether the shutdown hooks were run
 * @param status the exit status; for a death by a signal 128 + its number, as shells have it
 * @param signal the signal that it died by, if it did
 */
public record ProcessEnd(Way way, int status, Optional<Signal> signal) {
  /** The ways to an end. */
  public enum Way {
    /** The hooks have run. */
    EXIT,
    /** The process was cut off. */
    HALT
  }

  /** The end in words: {@code EXIT 143}, or {@code HALT by SIGINT}. */
  @Override
  public String toString() {
    return way + signal.map(by -> " by " + by).orElse(" " + status);
  }
}
