package org.sigqueue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sigqueue.core.SignalSet;

/**
 * Who is registered for which signal, in the order of registration. The arrays are replaced, never
 * changed, so that the dispatcher reads them without a lock.
 */
final class Routes {
  private static final Registration[] NOBODY = {};

  private final AtomicReferenceArray<Registration[]> bySignal =
      new AtomicReferenceArray<>(SignalSet.MAX + 1);

  Routes() {
    for (int signal = 0; signal <= SignalSet.MAX; signal++) {
      bySignal.set(signal, NOBODY);
    }
  }

  Registration[] get(int signal) {
    return bySignal.get(signal);
  }

  /** All registrations, by signal. */
  Stream<Registration> all() {
    return IntStream.rangeClosed(SignalSet.MIN, SignalSet.MAX)
        .mapToObj(this::get)
        .flatMap(Stream::of);
  }

  void add(Registration registration) {
    Registration[] before;
    Registration[] after;
    do {
      before = get(registration.signal);
      after = Arrays.copyOf(before, before.length + 1);
      after[before.length] = registration;
    } while (!bySignal.compareAndSet(registration.signal, before, after));
  }

  void remove(Registration registration) {
    Registration[] before;
    List<Registration> after;
    do {
      before = get(registration.signal);
      after = new ArrayList<>(List.of(before));
      after.remove(registration);
    } while (!bySignal.compareAndSet(registration.signal, before, after.toArray(NOBODY)));
  }
}
