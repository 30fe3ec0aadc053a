package org.sigqueue.bench.peer;

import java.util.Locale;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.ParkingStrategy;

/**
 * How a peer waits for signals, and how the kernel is to deliver them: {@code adaptive/handler}.
 */
record Mode(ParkingStrategy parking, Delivery delivery) {
  static Mode parse(String text) {
    String[] parts = text.split("/", 2);
    return new Mode(
        ParkingStrategies.byName(parts[0]), Delivery.valueOf(parts[1].toUpperCase(Locale.ROOT)));
  }

  SignalNotifier notifier() {
    return SignalNotifier.builder().parking(parking).delivery(delivery).build();
  }
}
