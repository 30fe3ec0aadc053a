package org.sigqueue.bench;

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
 * Threads that send while another one takes what there is, without sleeping. More threads than CPUs
 * make it a measurement of the scheduler as well, for all alike. (No linked queue: it would grow.)
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Group)
public class ContendedSendBenchmark {
  /** What is used. */
  @Param({"sigqueue-park", "mpsc", "array-blocking-queue", "semaphore"})
  public String exchange = "";

  private Exchange subject = new Exchange.Permits();

  /** Creates it. */
  @Setup
  public void create() {
    subject = Exchange.of(exchange);
  }

  /** One of one that send. */
  @Benchmark
  @Group("senders1")
  @GroupThreads(1)
  public void send1() {
    subject.send();
  }

  /** Takes what there is. */
  @Benchmark
  @Group("senders1")
  public boolean poll1() {
    return subject.poll();
  }

  /** One of two that send. */
  @Benchmark
  @Group("senders2")
  @GroupThreads(2)
  public void send2() {
    subject.send();
  }

  /** Takes what there is. */
  @Benchmark
  @Group("senders2")
  public boolean poll2() {
    return subject.poll();
  }

  /** One of four that send. */
  @Benchmark
  @Group("senders4")
  @GroupThreads(4)
  public void send4() {
    subject.send();
  }

  /** Takes what there is. */
  @Benchmark
  @Group("senders4")
  public boolean poll4() {
    return subject.poll();
  }

  /** One of eight that send. */
  @Benchmark
  @Group("senders8")
  @GroupThreads(8)
  public void send8() {
    subject.send();
  }

  /** Takes what there is. */
  @Benchmark
  @Group("senders8")
  public boolean poll8() {
    return subject.poll();
  }
}
