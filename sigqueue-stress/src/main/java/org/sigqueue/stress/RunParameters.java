package org.sigqueue.stress;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SignalSource;

/**
 * What one run of a scenario is about.
 *
 * @param source where the signals come from, and what sends them
 * @param parking how the dispatcher waits for them
 * @param delivery how the kernel delivers them; null for the usual way
 * @param signal the signal to send
 * @param workers how many threads send
 * @param duration how long they send
 * @param seed what all that is random follows from
 */
record RunParameters(
    SignalSource source,
    ParkingStrategy parking,
    @Nullable Delivery delivery,
    Signal signal,
    int workers,
    Duration duration,
    long seed) {}
