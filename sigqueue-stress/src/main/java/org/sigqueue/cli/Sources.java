package org.sigqueue.cli;

import org.sigqueue.SignalNotifier;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;

/** The source of signals of this process. */
public final class Sources {
  private Sources() {}

  /**
   * The source that the library chooses; always the same one.
   *
   * @throws org.sigqueue.core.source.SignalSourceException if none works here
   */
  public static SignalSource best() {
    try (SignalNotifier any = SignalNotifier.builder().parking(ParkingStrategies.SPIN).build()) {
      return any.source();
    }
  }

  /** A notifier to ask questions of, not to receive with. */
  static SignalNotifier ask(SignalSource source) {
    return SignalNotifier.builder().source(source).parking(ParkingStrategies.SPIN).build();
  }
}
