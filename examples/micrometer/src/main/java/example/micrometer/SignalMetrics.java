package example.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;

/**
 * Meters of signals: what the process has accepted, what became of it in a channel, and how long it
 * took to reach a handler. The counters ask when the registry does, so they cost a signal nothing.
 */
public final class SignalMetrics {
  private SignalMetrics() {}

  /**
   * Counts what the process has accepted: {@code signals.accepted}, by signal.
   *
   * @param signals the signals to count
   */
  public static MeterBinder ofProcess(SignalNotifier notifier, Signal... signals) {
    List<Signal> counted = List.of(signals);
    return registry ->
        counted.forEach(signal ->
            FunctionCounter.builder("signals.accepted", notifier, of -> of.stats().accepted(signal))
                .description("Signals that the process has accepted")
                .tag("signal", signal.toString())
                .register(registry));
  }

  /**
   * Counts what became of the signals that were meant for a channel: {@code signals.delivered},
   * {@code signals.coalesced} and {@code signals.dropped}, by signal. Their sum is what was
   * accepted for the channel. The registry does not keep the channel alive.
   *
   * @param name the tag {@code channel}
   * @param signals the signals to count
   */
  public static MeterBinder ofChannel(String name, SignalChannel channel, Signal... signals) {
    List<Signal> counted = List.of(signals);
    return registry -> {
      for (Signal signal : counted) {
        Tags tags = Tags.of("channel", name, "signal", signal.toString());
        count(registry, "signals.delivered", tags, channel, signal, DeliveryStats::delivered);
        count(registry, "signals.coalesced", tags, channel, signal, DeliveryStats::coalesced);
        count(registry, "signals.dropped", tags, channel, signal, DeliveryStats::dropped);
      }
    };
  }

  private static void count(
      MeterRegistry registry,
      String name,
      Tags tags,
      SignalChannel channel,
      Signal signal,
      ToLongFunction<DeliveryStats> of) {
    FunctionCounter.builder(name, channel, c -> of.applyAsLong(c.stats(signal)))
        .tags(tags)
        .register(registry);
  }

  /**
   * Wraps a handler, so that {@code signals.latency} has the time from the record of a signal by
   * the handler of the process to the call of this one, by signal. If a call stands for several
   * occurrences, that is the time of the latest.
   *
   * @param name the tag {@code handler}
   */
  public static Consumer<SignalEvent> timed(
      MeterRegistry registry, String name, Consumer<? super SignalEvent> handler) {
    Objects.requireNonNull(handler, "handler");
    return event -> {
      long nanos = System.nanoTime() - event.timeNanos();
      Timer.builder("signals.latency")
          .description("From the record of a signal to its handler")
          .tags("handler", name, "signal", event.signal().toString())
          .register(registry)
          .record(nanos, TimeUnit.NANOSECONDS);
      handler.accept(event);
    };
  }
}
