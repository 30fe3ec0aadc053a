package org.sigqueue.stress;

import java.util.List;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSource;

/** The source of this process, and the signals that a program may receive from a source. */
final class Receivable {
  private Receivable() {}

  /** The source that the library chooses for this process. */
  static SignalSource source() {
    try (SignalNotifier any = SignalNotifier.builder().parking(ParkingStrategies.SPIN).build()) {
      return any.source();
    }
  }

  /** All of them, by number. */
  static List<Signal> signals(SignalSource source) {
    try (SignalNotifier notifier =
        SignalNotifier.builder().source(source).parking(ParkingStrategies.SPIN).build()) {
      return notifier.receivable().stream().sorted().toList();
    }
  }
}
