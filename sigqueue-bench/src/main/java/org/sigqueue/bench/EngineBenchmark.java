package org.sigqueue.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;

/** The engine without sleeping: what a send and a receive cost a thread that has them to itself. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class EngineBenchmark {
  private static final int USR1 = 10;

  private final SignalQueue onHeap = SignalQueue.create(ParkingStrategies.PARK);
  private final SignalQueue shared =
      SignalQueue.over(SharedBlock.allocate(1), ParkingStrategies.PARK);
  private final SignalQueue pending = SignalQueue.create(ParkingStrategies.PARK);

  /** Leaves a signal pending. */
  @Setup
  public void sendOnce() {
    pending.send(USR1);
  }

  /** A send that finds its signal pending already. */
  @Benchmark
  public boolean sendWhenPending() {
    return pending.send(USR1);
  }

  /** A send and the receive of it, on words on the heap. */
  @Benchmark
  public int sendAndReceive() throws InterruptedException {
    onHeap.send(USR1);
    return onHeap.receive();
  }

  /** A send and the receive of it, on words that C could share. */
  @Benchmark
  public int sendAndReceiveShared() throws InterruptedException {
    shared.send(USR1);
    return shared.receive();
  }
}
