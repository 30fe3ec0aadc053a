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

  /** The native source, for {@link #atHand}. */
  private static final String NATIVE = "org.sigqueue.jni.NativeSignalSource";

  private static @Nullable SignalSource chosen; // guarded by this class
  private static List<String> failures = List.of(); // guarded by this class

  private SignalSources() {}

  /**
   * The source of the highest priority that works here; the JDK's own, which needs no service file,
   * where no other does. On the class path the native source comes first, whatever the priority of
   * others. Always the same once one was found: two sources in use would take each other's handlers
   * away. The first call loads a library.
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
    List<SignalSource> tried = atHand(reasons);
    SignalSource found = firstThatOpens(tried, reasons);
    return found == null ? chooseInstalled(tried, reasons) : found;
  }

  /**
   * The sources that can be found without opening every jar on the class path, which takes a fifth
   * of the time of the first use where there are five, and more with more: those of the modules, or
   * else the native one.
   */
  private static List<SignalSource> atHand(List<String> reasons) {
    ModuleLayer layer = SignalSources.class.getModule().getLayer();
    if (layer != null) {
      return collect(ServiceLoader.load(layer, SignalSource.class), reasons);
    }
    List<SignalSource> sources = new ArrayList<>();
    try {
      Class<?> source = Class.forName(NATIVE); // of the API's loader, as the services are
      sources.add((SignalSource) source.getConstructor().newInstance());
    } catch (ReflectiveOperationException | LinkageError e) {
      // Not there. If it has no service file either, that is told.
    }
    return sources;
  }

  private static SignalSource chooseInstalled(List<SignalSource> tried, List<String> reasons) {
    // The loader of the API, not the thread's: dispositions belong to the process.
    ClassLoader loader = SignalSources.class.getClassLoader();
    List<SignalSource> sources = collect(ServiceLoader.load(SignalSource.class, loader), reasons);
    sources.removeIf(
        source -> tried.stream().anyMatch(other -> other.getClass().equals(source.getClass())));
    SignalSource found = firstThatOpens(sources, reasons);
    if (found != null) {
      return found;
    }
    if (reasons.isEmpty()) {
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

  /** The source of the highest priority that opens; null if none does. */
  private static @Nullable SignalSource firstThatOpens(
      List<SignalSource> sources, List<String> reasons) {
    List<SignalSource> left = new ArrayList<>(sources);
    while (!left.isEmpty()) {
      SignalSource best = left.get(0);
      for (SignalSource source : left) {
        best = source.priority() > best.priority() ? source : best;
      }
      if (opens(best, reasons)) {
        return best;
      }
      left.remove(best);
    }
    return null;
  }

  /** The services, as far as they can be created. */
  private static List<SignalSource> collect(
      ServiceLoader<SignalSource> loader, List<String> reasons) {
    Iterator<SignalSource> services = loader.iterator();
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
