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
import org.openjdk.jmh.annotations.Warmup;

/** A send and its receive on one thread, so without sleeping: the engine and its rivals. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class HandoffBenchmark {
  /** The name of a {@link Handoff}. */
  @Param({"sigqueue-park", "mpsc", "array-blocking-queue", "linked-transfer-queue", "semaphore"})
  public String handoff = "";

  private Handoff subject = new Handoff.Permits();

  /** Creates it. */
  @Setup
  public void create() {
    subject = Handoff.of(handoff);
  }

  /** A send and its receive. */
  @Benchmark
  public int sendAndReceive() throws InterruptedException {
    subject.send();
    return subject.receive();
  }
}
