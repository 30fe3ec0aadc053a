package org.sigqueue.stress;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.JdkSignalSource;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalStatus;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SignalSource;
import org.sigqueue.core.SignalSourceException;

/**
 * What works in this process, and why the rest does not. Looked up when it is made; nothing stays
 * changed but that native libraries are loaded.
 *
 * @param reducedSignalUsage whether the JVM was started with {@code -Xrs}
 * @param libjsig whether it is loaded
 * @param sources best first
 * @param source the one in use; null if none works
 * @param pendingSignals how many are queued for this user's processes, and how many may be: {@code
 *     RLIMIT_SIGPENDING}; null where the system does not tell
 */
record Diagnosis(
    String version,
    String java,
    String system,
    boolean reducedSignalUsage,
    boolean libjsig,
    List<Source> sources,
    @Nullable String source,
    int ringRecords,
    @Nullable String pendingSignals,
    List<ParkingChoice> parking,
    List<DeliveryChoice> deliveries,
    List<Status> signals) {

  /** A source: why it does not work, and whether the JVM lets it run native code. */
  record Source(
      String name, int priority, @Nullable String failure, @Nullable String nativeAccess) {}

  /** A parking strategy: why the source cannot wake it. */
  record ParkingChoice(String name, boolean preferred, @Nullable String refusal) {}

  /** A way in which the kernel can deliver signals: why it does not work. */
  record DeliveryChoice(Delivery name, @Nullable String refusal) {}

  /** A signal. */
  record Status(String signal, int number, SignalStatus.Kind kind, String explanation) {}

  private static final Path PROC = Path.of("/proc/self");

  /** Looks at this process, whose signals come from this source; null if there is none. */
  static Diagnosis of(@Nullable SignalSource source) {
    List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
    List<Status> signals = new ArrayList<>();
    if (source != null) {
      try (SignalNotifier any = Main.anyNotifier(source)) {
        for (int number = 1; number <= 64; number++) {
          SignalStatus status = any.status(Signal.of(number));
          signals.add(
              new Status(status.signal().name(), number, status.kind(), status.explanation()));
        }
      }
    }
    return new Diagnosis(
        Main.Version.text(),
        property("java.vm.name") + " " + property("java.vm.version"),
        property("os.name") + " " + property("os.version") + ", " + property("os.arch"),
        options.contains("-Xrs") || options.contains("-XX:+ReduceSignalUsage"),
        lines("maps").anyMatch(line -> line.endsWith("/libjsig.so")),
        allSources(),
        source == null ? null : source.name(),
        source == null ? 0 : source.block().ringCapacity(),
        lines("status")
            .filter(line -> line.startsWith("SigQ:"))
            .findFirst()
            .map(line -> line.substring("SigQ:".length()).strip())
            .orElse(null),
        source == null ? List.of() : strategies(source),
        source == null ? List.of() : deliveries(source),
        signals);
  }

  private static List<Source> allSources() {
    return ServiceLoader.load(SignalSource.class, Signals.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparingInt(SignalSource::priority).reversed())
        .map(source ->
            new Source(source.name(), source.priority(), failure(source), nativeAccess(source)))
        .toList();
  }

  private static @Nullable String failure(SignalSource source) {
    try {
      source.open();
      return null;
    } catch (SignalSourceException e) {
      return e.getMessage();
    }
  }

  /** By reflection: the question exists since 22, and matters since 24. */
  private static @Nullable String nativeAccess(SignalSource source) {
    if (source instanceof JdkSignalSource) {
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

  private static List<ParkingChoice> strategies(SignalSource source) {
    ParkingStrategy preferred = ParkingStrategies.preferred();
    return ParkingStrategies.all().values().stream()
        .map(strategy ->
            new ParkingChoice(
                strategy.name(),
                strategy.equals(preferred),
                Parking.refusal(source, strategy).orElse(null)))
        .toList();
  }

  /** Tried out: it depends on the source, the parking strategy, and what else is in the process. */
  private static List<DeliveryChoice> deliveries(SignalSource source) {
    return Stream.of(Delivery.values())
        .map(delivery -> new DeliveryChoice(delivery, refusal(source, delivery)))
        .toList();
  }

  private static @Nullable String refusal(SignalSource source, Delivery delivery) {
    try (SignalNotifier notifier =
            SignalNotifier.builder().source(source).delivery(delivery).build();
        SignalChannel channel = SignalChannel.coalescing()) {
      notifier.notify(channel, Signal.URG); // ignored before and after
      return null;
    } catch (UnsupportedSignalException e) {
      return e.getMessage();
    }
  }

  private static Stream<String> lines(String file) {
    try {
      return Files.readAllLines(PROC.resolve(file)).stream();
    } catch (IOException e) {
      return Stream.empty(); // not Linux
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }
}
