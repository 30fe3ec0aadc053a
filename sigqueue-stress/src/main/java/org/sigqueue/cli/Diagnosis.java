package org.sigqueue.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.Signals;
import org.sigqueue.cli.console.SignalNames;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The parts of the library that work in this process, and why the others do not; as JSON it has
 * these names. Looked up when it is made, which changes nothing but that native libraries are
 * loaded.
 *
 * @param sources best first
 * @param source the one in use; null if none works
 * @param noSource why none works; null if one does
 * @param ringRecords how many signals can wait with their details
 * @param facts what the source has found of its surroundings
 * @param trouble the trouble of exclusive delivery; null if there was none
 */
record Diagnosis(
    String version,
    Platform platform,
    List<Source> sources,
    @Nullable String source,
    @Nullable String noSource,
    int ringRecords,
    List<Choice> parking,
    List<Choice> deliveries,
    Map<String, String> facts,
    @Nullable String trouble,
    List<Status> signals) {

  /**
   * A source.
   *
   * @param failure why it does not work; null if it does
   * @param nativeAccess whether the JVM lets it run native code; null if it needs none
   */
  record Source(
      String name, int priority, @Nullable String failure, @Nullable String nativeAccess) {}

  /**
   * A parking strategy or a way of delivery.
   *
   * @param preferred whether it is the usual one
   * @param refusal why it does not work; null if it does
   */
  record Choice(String name, boolean preferred, @Nullable String refusal) {}

  /** A signal. */
  record Status(String signal, int number, Kind kind, String explanation) {}

  private static final int SIGNALS = 64;
  private static final int MOST_SERVICES = 16; // an iterator may not get on
  private static final String NATIVE = "native";
  private static final String JDK = "jdk";

  /** Looks at this process, whose signals come from this source. */
  static Diagnosis of(Supplier<SignalSource> sources) {
    SignalSource source = null;
    String noSource = null;
    try {
      source = sources.get();
    } catch (SignalSourceException e) {
      noSource = e.getMessage();
    }
    return new Diagnosis(
        Commands.Version.text(),
        Platform.ofThisProcess(),
        allSources(source),
        source == null ? null : source.name(),
        noSource,
        source == null ? 0 : source.block().ringCapacity(),
        source == null ? List.of() : parking(source),
        source == null ? List.of() : deliveries(source),
        source == null ? Map.of() : source.facts(),
        source == null ? null : source.trouble(),
        source == null ? List.of() : signals(source));
  }

  /** The signals of a kind, by number. */
  List<Signal> signalsOf(Kind kind) {
    return signals.stream()
        .filter(status -> status.kind() == kind)
        .map(status -> Signal.of(status.number()))
        .toList();
  }

  /** The sources of other artifacts, and the one in use, which may be the library's own. */
  private static List<Source> allSources(@Nullable SignalSource used) {
    List<Source> sources = new ArrayList<>();
    Iterator<SignalSource> services =
        ServiceLoader.load(SignalSource.class, Signals.class.getClassLoader()).iterator();
    for (int left = MOST_SERVICES; left > 0; left--) {
      try {
        if (!services.hasNext()) {
          break;
        }
        SignalSource source = services.next();
        sources.add(
            new Source(source.name(), source.priority(), failure(source), nativeAccess(source)));
      } catch (ServiceConfigurationError | LinkageError e) {
        sources.add(new Source("of a service file", 0, e.toString(), null));
      }
    }
    if (sources.isEmpty()) {
      sources.add(
          new Source(
              NATIVE, 0, "sigqueue-native is not there, which sigqueue-api brings along", null));
    }
    if (used != null && sources.stream().noneMatch(source -> source.name().equals(used.name()))) {
      sources.add(new Source(used.name(), used.priority(), null, nativeAccess(used)));
    }
    sources.sort(Comparator.comparingInt(Source::priority).reversed());
    return sources;
  }

  private static @Nullable String failure(SignalSource source) {
    try {
      source.open();
      return null;
    } catch (SignalSourceException e) {
      return e.getMessage();
    } catch (RuntimeException | LinkageError e) {
      return e.toString();
    }
  }

  /** By reflection: the question exists since 22, and matters since 24. */
  private static @Nullable String nativeAccess(SignalSource source) {
    if (source.name().equals(JDK)) {
      return null; // needs none
    }
    Module module = source.getClass().getModule();
    try {
      Object enabled = Module.class.getMethod("isNativeAccessEnabled").invoke(module);
      return enabled.equals(true) ? "enabled" : "not enabled: the JVM warns of it, or denies it";
    } catch (ReflectiveOperationException e) {
      return "always enabled in this JVM";
    }
  }

  private static List<Choice> parking(SignalSource source) {
    ParkingStrategy preferred = ParkingStrategies.preferred();
    return ParkingStrategies.all().values().stream()
        .map(strategy ->
            new Choice(strategy.name(), strategy.equals(preferred), refusal(source, strategy)))
        .toList();
  }

  private static @Nullable String refusal(SignalSource source, ParkingStrategy strategy) {
    try (Note note = strategy.newNote(source.block());
        Note sleeper = source.block().sleeper().newNote(source.block())) {
      boolean handlersSend = sleeper.wakeMethod() != WakeMethod.NONE;
      return handlersSend && note.wakeMethod() == WakeMethod.NONE
          ? "a signal handler cannot wake it"
          : null;
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    } catch (SignalSourceException e) {
      return "it needs the native library";
    }
  }

  /** Tries it out: it depends on the source, the parking strategy, and the rest of the process. */
  private static List<Choice> deliveries(SignalSource source) {
    List<Choice> choices = new ArrayList<>();
    choices.add(new Choice("handler", true, null));
    choices.add(new Choice("exclusive", false, exclusiveRefusal(source)));
    return choices;
  }

  private static @Nullable String exclusiveRefusal(SignalSource source) {
    try (SignalNotifier notifier =
            SignalNotifier.builder().source(source).exclusive(Signal.URG).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      notifier.register(channel, Signal.URG); // ignored before and after
      SignalSet urgent = SignalSet.of(Signal.URG.number());
      if (!source.exclusive().contains(Signal.URG.number())) {
        source.enterExclusive(urgent); // the notifier goes on without; this says why
        source.leaveExclusive(urgent);
      }
      return null;
    } catch (SignalSourceException e) {
      return e.getMessage();
    }
  }

  private static List<Status> signals(SignalSource source) {
    List<Status> signals = new ArrayList<>();
    try (SignalNotifier any = Sources.ask(source)) {
      for (int number = 1; number <= SIGNALS; number++) {
        Signal signal = Signal.of(number);
        SignalStatus status = any.status(signal);
        signals.add(
            new Status(
                SignalNames.of(signal), number, status.kind(), explanation(status.explanation())));
      }
    }
    return signals;
  }

  /** The explanation without the name of the signal, which it begins with. */
  private static String explanation(String text) {
    return text.replaceFirst("^SIG\\S+ cannot be received: ", "");
  }
}
