package org.sigqueue.stress;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.SignalSource;

/**
 * The parameters of one run of a scenario.
 *
 * @param source receives the signals, and sends them
 * @param parking the way in which the dispatcher waits for them
 * @param delivery the way from the kernel; null for the usual one of the scenario
 * @param signal the signal to send
 * @param workers how many threads or processes send
 * @param duration how long they send
 * @param seed determines all that is random
 */
record RunParameters(
    SignalSource source,
    ParkingStrategy parking,
    @Nullable DeliveryMode delivery,
    Signal signal,
    int workers,
    Duration duration,
    long seed) {

  /** Sends this process a signal. */
  void kill(Signal sent) {
    source.sender().kill(ProcessHandle.current().pid(), sent.number());
  }

  /** Sends this process a signal with a value. */
  void queue(Signal sent, long value) {
    KernelQueue.put(source.sender(), sent.number(), value);
  }
}
