package org.sigqueue.core;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * The queue is linearizable: its results are those of some order of its calls, one after the other.
 *
 * <p>Model checking tries interleavings one by one, but of sequentially consistent steps only; the
 * stress mode runs on the memory of this machine, but meets interleavings by chance.
 */
public class SignalQueueLincheckTest {
  private static final boolean LONG = Boolean.getBoolean("lincheck.long");

  private final SignalQueue queue = SignalQueue.create();
  private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

  /** For Lincheck. */
  public SignalQueueLincheckTest() {}

  @Operation
  public void send(@Param(gen = IntGen.class, conf = "1:3") int signal) {
    // Without the result: close may come between the signal, which is received, and its answer.
    queue.send(signal);
  }

  @Operation(nonParallelGroup = "receiver")
  public int poll() {
    return receiver.poll();
  }

  @Operation
  public void close() {
    queue.close();
  }

  @Operation
  public boolean isClosed() {
    return queue.isClosed();
  }

  @Test
  void isLinearizableInEveryInterleaving() {
    check(new ModelCheckingOptions(), 1_000);
  }

  @Test
  void isLinearizableUnderStress() {
    check(new StressOptions(), 1_000);
  }

  private void check(Options<?, ?> options, int invocations) {
    options
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(2)
        .iterations(LONG ? 50 : 5)
        .invocationsPerIteration(LONG ? 5 * invocations : invocations)
        .sequentialSpecification(Sequential.class)
        .check(getClass());
  }

  /** The sequential specification of the queue. */
  public static final class Sequential {
    private long pending;
    private long taken; // by the receiver's last look
    private boolean closed;

    public Sequential() {}

    public void send(int signal) {
      pending |= SignalSet.bit(signal);
    }

    public int poll() {
      if (taken == 0) {
        taken = pending;
        pending = 0;
      }
      if (taken == 0) {
        return 0;
      }
      int signal = Long.numberOfTrailingZeros(taken) + 1;
      taken &= taken - 1;
      return signal;
    }

    public void close() {
      closed = true;
    }

    public boolean isClosed() {
      return closed;
    }
  }
}
