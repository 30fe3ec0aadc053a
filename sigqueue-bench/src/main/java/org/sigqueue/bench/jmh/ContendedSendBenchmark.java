package org.sigqueue.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Threads that send while another thread polls, without sleeping. With more threads than CPUs it
 * measures the scheduler too, for all alike. There is no linked queue, because it would grow.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Group)
public class ContendedSendBenchmark {
  /** The name of a {@link Handoff}. */
  @Param({"sigqueue-park", "mpsc", "array-blocking-queue", "semaphore"})
  public String handoff = "";

  private Handoff subject = new Handoff.Permits();

  /** Creates it. */
  @Setup
  public void create() {
    subject = Handoff.of(handoff);
  }

  /** The only sender. */
  @Benchmark
  @Group("senders1")
  @GroupThreads(1)
  public void send1() {
    subject.send();
  }

  /** The receiver. */
  @Benchmark
  @Group("senders1")
  public boolean poll1() {
    return subject.poll();
  }

  /** One of two senders. */
  @Benchmark
  @Group("senders2")
  @GroupThreads(2)
  public void send2() {
    subject.send();
  }

  /** The receiver. */
  @Benchmark
  @Group("senders2")
  public boolean poll2() {
    return subject.poll();
  }

  /** One of four senders. */
  @Benchmark
  @Group("senders4")
  @GroupThreads(4)
  public void send4() {
    subject.send();
  }

  /** The receiver. */
  @Benchmark
  @Group("senders4")
  public boolean poll4() {
    return subject.poll();
  }

  /** One of eight senders. */
  @Benchmark
  @Group("senders8")
  @GroupThreads(8)
  public void send8() {
    subject.send();
  }

  /** The receiver. */
  @Benchmark
  @Group("senders8")
  public boolean poll8() {
    return subject.poll();
  }
}
