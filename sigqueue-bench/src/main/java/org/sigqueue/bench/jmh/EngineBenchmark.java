package org.sigqueue.bench.jmh;

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
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.park.ParkingStrategies;

/** The engine without sleeping: the cost of a send and a receive on one thread. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class EngineBenchmark {
  private static final int USR1 = 10;

  private final SignalQueue onHeap = SignalQueue.create();
  private final Receiver ofHeap = onHeap.claim(ParkingStrategies.PARK);
  private final SignalQueue shared = SharedBlock.allocate(1).queue();
  private final Receiver ofShared = shared.claim(ParkingStrategies.PARK);
  private final SignalQueue pending = SignalQueue.create();

  /** Leaves a signal pending. */
  @Setup
  public void sendOnce() {
    pending.send(USR1);
  }

  /** A send of a signal that is pending already. */
  @Benchmark
  public boolean sendWhenPending() {
    return pending.send(USR1);
  }

  /** A send and its receive, on words on the heap. */
  @Benchmark
  public int sendAndReceive() throws InterruptedException {
    onHeap.send(USR1);
    return ofHeap.receive();
  }

  /** A send and its receive, on words that C could share. */
  @Benchmark
  public int sendAndReceiveShared() throws InterruptedException {
    shared.send(USR1);
    return ofShared.receive();
  }
}
