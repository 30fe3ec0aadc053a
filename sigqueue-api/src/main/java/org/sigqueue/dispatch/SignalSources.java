package org.sigqueue.dispatch;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.jdk.JdkSignalSource;

/** The choice of the source of signals for this process. */
public final class SignalSources {
  /** For people: the problem where no source of another artifact is installed. */
  private static final String NATIVE_MISSING =
      "sigqueue-native is not there, which sigqueue-api brings along: it was excluded, the service"
          + " files of a shaded jar were lost, or the module org.sigqueue.jni was not added to an"
          + " image of jlink";

  private static @Nullable SignalSource chosen; // guarded by this class
  private static List<String> failures = List.of(); // guarded by this class

  private SignalSources() {}

  /**
   * The source of the highest priority that works here; the JDK's own, which needs no service file,
   * where no other does. Always the same once one was found: two sources in use would take each
   * other's handlers away. The first call loads a library.
   *
   * @throws SignalSourceException if none works; the message has the reasons
   */
  public static synchronized SignalSource best() {
    if (chosen == null) {
      List<String> reasons = new ArrayList<>();
      try {
        chosen = choose(reasons);
      } finally {
        failures = List.copyOf(reasons);
      }
    }
    return chosen;
  }

  /** Why sources that come before the chosen one do not work here, for people. */
  public static synchronized List<String> failures() {
    return failures;
  }

  private static SignalSource choose(List<String> reasons) {
    List<SignalSource> sources = installed(reasons);
    boolean none = sources.isEmpty();
    while (!sources.isEmpty()) {
      SignalSource best = sources.get(0);
      for (SignalSource source : sources) {
        best = source.priority() > best.priority() ? source : best;
      }
      if (opens(best, reasons)) {
        return best;
      }
      sources.remove(best);
    }
    if (none && reasons.isEmpty()) {
      reasons.add(NATIVE_MISSING);
    }
    SignalSource fallback = new JdkSignalSource();
    String why = String.join("; ", reasons);
    if (opens(fallback, reasons)) {
      Log.warn(
          "signals come through sun.misc.Signal: fewer of them, and without their senders; " + why,
          null);
      return fallback;
    }
    throw new SignalSourceException(
        "no source of signals works here: " + String.join("; ", reasons), 0);
  }

  /** The sources of other artifacts, as far as they can be created. */
  private static List<SignalSource> installed(List<String> reasons) {
    // The loader of the API, not the thread's: dispositions belong to the process.
    Iterator<SignalSource> services =
        ServiceLoader.load(SignalSource.class, SignalSources.class.getClassLoader()).iterator();
    List<SignalSource> sources = new ArrayList<>();
    for (; ; ) {
      try {
        if (!services.hasNext()) {
          return sources;
        }
        sources.add(services.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        reasons.add(e.toString());
        if (reasons.size() > 16) { // an iterator that does not get on
          return sources;
        }
      }
    }
  }

  private static boolean opens(SignalSource source, List<String> reasons) {
    try {
      source.open();
      return true;
    } catch (SignalSourceException e) {
      reasons.add(source.name() + ": " + e.getMessage());
    } catch (RuntimeException | LinkageError e) {
      reasons.add(source.name() + ": " + e);
    }
    return false;
  }
}
