package org.sigqueue.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * The way of a virtual signal to a handler on the dispatcher thread. This thread waits for the
 * handler without sleeping. No object may be allocated on the way.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class InlineBenchmark {
  /** How the dispatcher waits. */
  @Param({"adaptive", "park", "spin"})
  public String parking = "";

  private final Occurrence occurrence = new Occurrence();
  private final VirtualSignalSource source = new VirtualSignalSource();
  private SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private volatile long handled = -1; // only the dispatcher thread writes it

  /** Starts the dispatcher and subscribes the handler. */
  @Setup
  public void create() {
    occurrence.signal = Signal.USR1.number();
    notifier.close();
    notifier =
        SignalNotifier.builder().source(source).parking(ParkingStrategies.byName(parking)).build();
    notifier.subscribeInline(event -> handled = event.sequence(), Signal.USR1);
  }

  /** Ends the dispatcher. */
  @TearDown
  public void close() {
    notifier.close();
  }

  /** Raises a signal and waits for the handler. */
  @Benchmark
  public long raiseAndHandle() {
    long before = handled;
    source.raise(occurrence);
    while (handled == before) {
      Thread.onSpinWait();
    }
    return before;
  }
}
