package org.sigqueue.dispatch;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.sigqueue.Signal;
import org.sigqueue.core.SignalSet;

/** Conversions between the sets of the public API and those of the engine. */
public final class SignalSets {
  private SignalSets() {}

  /**
   * The engine's set of some signals.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static SignalSet nonEmpty(Signal... signals) {
    return nonEmpty(of(signals));
  }

  /**
   * The engine's set of some signals.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static SignalSet nonEmpty(Collection<Signal> signals) {
    return nonEmpty(of(signals.toArray(new Signal[0])));
  }

  private static SignalSet nonEmpty(SignalSet signals) {
    if (signals.isEmpty()) {
      throw new IllegalArgumentException(
          "signals is empty; for all that can be received use SignalNotifier.receivable()");
    }
    return signals;
  }

  /** The engine's set of some signals, or of none. */
  public static SignalSet of(Signal... signals) {
    long bits = 0;
    for (Signal signal : signals) {
      bits |= SignalSet.bit(signal.number());
    }
    return new SignalSet(bits);
  }

  /** The set for people, in the order of the numbers; unmodifiable. */
  public static Set<Signal> toSet(SignalSet signals) {
    EnumSet<Signal> set = EnumSet.noneOf(Signal.class);
    for (int number : signals.toArray()) {
      set.add(Signal.of(number));
    }
    return Collections.unmodifiableSet(set);
  }
}
