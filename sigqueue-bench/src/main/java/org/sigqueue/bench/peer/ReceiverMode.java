package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * The mode of a receiver on the command line, as in {@code adaptive/handler}.
 *
 * @param parking how the receiver waits
 * @param exclusive whether the receiver alone gets the signal, in the kernel; otherwise a handler
 */
record ReceiverMode(ParkingStrategy parking, boolean exclusive) {
  static ReceiverMode parse(String text) {
    String[] parts = text.split("/", 2);
    return new ReceiverMode(
        ParkingStrategies.byName(parts[0]),
        switch (parts[1]) {
          case "handler" -> false;
          case "exclusive" -> true;
          default -> throw new IllegalArgumentException(text);
        });
  }

  /** A notifier that receives this signal in this mode. */
  SignalNotifier notifier(Signal signal) {
    SignalNotifier.Builder builder = SignalNotifier.builder().parking(parking);
    return (exclusive ? builder.exclusive(signal) : builder).build();
  }
}
