package org.sigqueue.jni;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;

/**
 * The delivery modes of the native source, and the two real-time signals that they take. Callers
 * take turns.
 */
final class DirectDelivery {
  /** The system property that names two real-time signals to take: numbers with a comma. */
  static final String PROPERTY = "org.sigqueue.private-signals";

  private static final int EBUSY = 16;
  private static final int FIRST_REAL_TIME = 34; // those before are libc's own
  private static final int JDK_WAKES_IO = 62;

  private final SignalSource source;
  private List<Integer> chosen = List.of();
  private @Nullable ThreadMasks masks; // once the signals are ours

  DirectDelivery(SignalSource source) {
    this.source = source;
  }

  /** Whether a signal may be one of the two. */
  static boolean isRealTime(int signal) {
    return signal >= FIRST_REAL_TIME && signal <= SignalSet.MAX;
  }

  /** The two signals that are taken, or will be when the first signal is to be direct. */
  SignalSet reserved() {
    if (chosen.isEmpty()) {
      chosen = choose();
    }
    long bits = 0;
    for (int signal : chosen) {
      bits |= SignalSet.bit(signal);
    }
    return new SignalSet(bits);
  }

  private List<Integer> choose() {
    String configured = System.getProperty(PROPERTY);
    if (configured != null) {
      return parse(configured);
    }
    List<Integer> free =
        IntStream.iterate(SignalSet.MAX - 1, signal -> signal >= FIRST_REAL_TIME, n -> n - 1)
            .filter(signal -> signal != JDK_WAKES_IO && isFree(signal))
            .limit(2)
            .boxed()
            .toList();
    return free.size() == 2 ? free : List.of();
  }

  private List<Integer> parse(String configured) {
    try {
      List<Integer> signals =
          Stream.of(configured.split(",", -1)).map(text -> Integer.valueOf(text.strip())).toList();
      boolean fits = signals.stream().allMatch(n -> isRealTime(n) && n != JDK_WAKES_IO);
      if (fits && signals.size() == 2 && signals.stream().distinct().count() == 2) {
        return signals;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new SignalSourceException(
        PROPERTY
            + " is '"
            + configured
            + "' but has to name two different real-time signals, like 63,61: 34 to 64 without 62",
        0);
  }

  private boolean isFree(int signal) {
    return source.disposition(signal).handler() == 0 && !source.block().wanted().contains(signal);
  }

  private ThreadMasks masks() {
    if (masks == null) {
      start();
      masks = new ThreadMasks(source.block(), chosen.get(0));
    }
    return masks;
  }

  private void start() {
    reserved();
    if (!chosen.isEmpty() && Shim.directStart(chosen.get(0), chosen.get(1)) == EBUSY) {
      if (System.getProperty(PROPERTY) != null) {
        throw new SignalSourceException(
            PROPERTY + " names " + chosen + ", which somebody else has a handler for", EBUSY);
      }
      chosen = choose(); // somebody has taken one since
    }
    int error = chosen.isEmpty() ? EBUSY : Shim.directStart(chosen.get(0), chosen.get(1));
    if (error != 0) {
      throw new SignalSourceException(
          "no two real-time signals are free, of which the delivery modes need one to set the masks"
              + " of threads and one to wake the receiver",
          error);
    }
  }

  /** See {@link SignalSource#deliver}. */
  void deliver(SignalSet signals, Delivery delivery) {
    Map<Integer, Delivery> before = new LinkedHashMap<>();
    signals.stream()
        .filter(signal -> source.delivery(signal) != delivery)
        .forEach(signal -> before.put(signal, source.delivery(signal)));
    if (before.isEmpty()) {
      return;
    }
    if (delivery == Delivery.STEERED) {
      checkPrimordialThreadIsTheLaunchers();
    }
    ThreadMasks masks = masks();
    long changing = SignalSet.bit(chosen.get(1)); // the wake signal, with the first and the last
    for (int signal : before.keySet()) {
      changing |= SignalSet.bit(signal);
    }
    masks.remember(changing);
    try {
      before.keySet().forEach(signal -> switchTo(signal, delivery));
      masks.apply(changing);
    } catch (SignalSourceException e) {
      undo(before, changing, e);
      throw e;
    }
  }

  private void switchTo(int signal, Delivery delivery) {
    int error = Shim.deliver(signal, delivery.code());
    if (error == Shim.NO_RECEIVER) {
      throw new SignalSourceException(
          "signal "
              + signal
              + " cannot be delivered "
              + lowerCase(delivery)
              + ": nobody waits in the kernel for it; receive with parking strategy 'adaptive' or"
              + " 'direct'",
          0);
    }
    if (error != 0) {
      throw new SignalSourceException(
          "signal " + signal + " cannot be delivered " + lowerCase(delivery), error);
    }
  }

  private void undo(Map<Integer, Delivery> before, long changing, SignalSourceException why) {
    try {
      before.forEach(this::switchTo);
      masks().apply(changing);
    } catch (SignalSourceException e) {
      why.addSuppressed(e);
    }
  }

  /** Where Java was loaded by a program, its first thread is at work, and not ours to mask. */
  private static void checkPrimordialThreadIsTheLaunchers() {
    if (!Shim.isJavaLauncher()) {
      throw new SignalSourceException(
          "no signal can be steered past the first thread of this process: it is not that of the"
              + " java launcher, which does nothing, but of a program that has loaded the VM",
          0);
    }
  }

  /** See {@link SignalSource#start}. */
  static Process start(ProcessBuilder builder) throws IOException {
    long takenOff = Shim.masksOff();
    try {
      return builder.start();
    } finally {
      Shim.masksOn(takenOff);
    }
  }

  private static String lowerCase(Delivery delivery) {
    return delivery.name().toLowerCase(Locale.ROOT);
  }
}
