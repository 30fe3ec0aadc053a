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
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * The way of a virtual signal to the event that this thread takes from a channel: everything but
 * the kernel's signal.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ChannelBenchmark {
  /** How the dispatcher waits. */
  @Param({"adaptive", "park", "spin"})
  public String parking = "";

  /** The kind of channel. */
  @Param({"coalescing", "queueing"})
  public String channel = "";

  private final Occurrence occurrence = new Occurrence();
  private final VirtualSignalSource source = new VirtualSignalSource();
  private SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private SignalChannel subject = SignalChannel.coalescing();

  /** Starts the dispatcher and registers the channel. */
  @Setup
  public void create() {
    occurrence.signal = Signal.USR1.number();
    notifier.close();
    notifier =
        SignalNotifier.builder().source(source).parking(ParkingStrategies.byName(parking)).build();
    subject =
        channel.equals("queueing")
            ? SignalChannel.queueing(Handoff.CAPACITY)
            : SignalChannel.coalescing();
    notifier.register(subject, Signal.USR1);
  }

  /** Ends the dispatcher. */
  @TearDown
  public void close() {
    notifier.close();
  }

  /** Raises a signal and takes its event, which is the only allocation. */
  @Benchmark
  public SignalEvent raiseAndTake() throws InterruptedException {
    source.raise(occurrence);
    return subject.take();
  }
}
