package org.sigqueue;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A change of a child of this process: the details of a {@link Signal#CHLD}.
 *
 * @param pid the child; 0 if it is in another pid namespace
 * @param uid its real user
 * @param kind the kind of the change
 * @param status the exit status for {@link Kind#EXITED}, else the number of a signal
 */
public record ChildChange(int pid, long uid, Kind kind, int status) {
  /** The kinds of changes. */
  public enum Kind {
    /** It exited. */
    EXITED,
    /** A signal ended it. */
    KILLED,
    /** A signal ended it, and it dumped core. */
    DUMPED,
    /** A traced child has trapped. */
    TRAPPED,
    /** A signal stopped it. */
    STOPPED,
    /** It goes on after a stop. */
    CONTINUED
  }

  /** The exit status; present for {@link Kind#EXITED} alone. */
  public OptionalInt exitStatus() {
    return kind == Kind.EXITED ? OptionalInt.of(status) : OptionalInt.empty();
  }

  /** The signal that ended, stopped or continued the child; empty for {@link Kind#EXITED}. */
  public Optional<Signal> signal() {
    boolean isSignal = status >= 1 && status <= 64;
    return kind == Kind.EXITED || !isSignal ? Optional.empty() : Optional.of(Signal.of(status));
  }

  /** For people: {@code pid 4242 exited with 7}, {@code pid 4242 killed by SIGTERM}. */
  @Override
  public String toString() {
    String by = signal().isPresent() ? signal().get().toString() : String.valueOf(status);
    return "pid "
        + pid
        + switch (kind) {
          case EXITED -> " exited with " + status;
          case KILLED -> " killed by " + by;
          case DUMPED -> " killed by " + by + " (core dumped)";
          case TRAPPED -> " trapped by " + by;
          case STOPPED -> " stopped by " + by;
          case CONTINUED -> " continued";
        };
  }
}
