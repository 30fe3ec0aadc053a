package org.sigqueue.stress;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.source.SignalSource;

/** The way a signal takes from the kernel to the receiver. */
enum DeliveryMode {
  /** A signal handler, on whichever thread the kernel picks. */
  HANDLER,
  /** The receiver takes it from the kernel; every other thread blocks it. */
  EXCLUSIVE;

  /** The name for people and for {@code --delivery}. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mode of this name; empty if there is none. */
  static Optional<DeliveryMode> named(String text) {
    return Arrays.stream(values()).filter(mode -> mode.text().equals(text)).findFirst();
  }

  static List<String> names() {
    return Arrays.stream(values()).map(DeliveryMode::text).toList();
  }

  /** Has the notifier receive these signals in this way. */
  void apply(SignalNotifier.Builder builder, List<Signal> signals) {
    if (this == EXCLUSIVE) {
      builder.exclusive(signals.toArray(new Signal[0]));
    }
  }

  /** The way that a signal takes now. */
  static DeliveryMode of(SignalSource source, Signal signal) {
    return source.exclusive().contains(signal.number()) ? EXCLUSIVE : HANDLER;
  }
}
