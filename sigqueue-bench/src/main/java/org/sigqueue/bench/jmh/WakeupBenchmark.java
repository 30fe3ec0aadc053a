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

/**
 * Two threads that wake each other in turn: two wake-ups for each operation, with each parking
 * strategy and with the alternatives in Java.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class WakeupBenchmark {
  /** The name of a {@link Handoff}, for both directions. */
  @Param({
    "sigqueue-park",
    "sigqueue-futex",
    "sigqueue-eventfd",
    "sigqueue-adaptive",
    "sigqueue-yield",
    "sigqueue-spin",
    "mpsc",
    "array-blocking-queue",
    "linked-transfer-queue",
    "semaphore"
  })
  public String handoff = "";

  private Handoff there = new Handoff.Permits();
  private Handoff back = new Handoff.Permits();
  private volatile boolean over;
  private Thread partner = new Thread();

  /** Creates both directions, and the thread on the other side. */
  @Setup
  public void create() {
    there = Handoff.of(handoff);
    back = Handoff.of(handoff);
    over = false;
    partner = new Thread(this::answer, "partner");
    partner.setDaemon(true);
    partner.start();
  }

  /** Ends the thread. */
  @TearDown
  public void end() throws InterruptedException {
    over = true;
    there.send();
    partner.join();
  }

  /** A send to the other thread and its answer. */
  @Benchmark
  public int roundTrip() throws InterruptedException {
    there.send();
    return back.receive();
  }

  private void answer() {
    try {
      while (!over) {
        there.receive();
        back.send();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
