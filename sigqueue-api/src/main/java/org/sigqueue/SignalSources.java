package org.sigqueue;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the source of signals to use in this process. */
final class SignalSources {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private static @Nullable SignalSource chosen; // guarded by this class

  private SignalSources() {}

  /**
   * The source of the highest priority that works here. Always the same once one was found: two
   * sources in use would take each other's handlers away.
   *
   * @throws SignalSourceException if none does; the causes are suppressed exceptions
   */
  static synchronized SignalSource best() {
    if (chosen == null) {
      chosen = choose();
    }
    return chosen;
  }

  private static SignalSource choose() {
    // The loader of the API, not the thread's: dispositions belong to the process.
    List<SignalSource> sources = new ArrayList<>();
    for (SignalSource source :
        ServiceLoader.load(SignalSource.class, Signals.class.getClassLoader())) {
      sources.add(source);
    }
    sources.sort((one, other) -> Integer.compare(other.priority(), one.priority()));
    List<SignalSourceException> failures = new ArrayList<>();
    for (SignalSource source : sources) {
      try {
        source.open();
      } catch (SignalSourceException e) {
        failures.add(e);
        continue;
      }
      if (source instanceof JdkSignalSource) {
        LOG.warn(
            "signals come through sun.misc.Signal: fewer of them, and without their senders; {}",
            failures.isEmpty()
                ? "sigqueue-native is not on the class or module path"
                : messages(failures));
      }
      return source;
    }
    SignalSourceException none =
        new SignalSourceException("no source of signals works here: " + messages(failures), 0);
    failures.forEach(none::addSuppressed);
    throw none;
  }

  private static String messages(List<SignalSourceException> failures) {
    return failures.stream().map(Throwable::getMessage).collect(Collectors.joining("; "));
  }
}
