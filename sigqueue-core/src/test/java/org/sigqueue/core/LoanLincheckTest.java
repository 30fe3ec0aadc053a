package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * A taker that borrows the role of an owner that sleeps, as those of channels do: it gets what is
 * sent, from the owner or with the role, and nobody sleeps for good. A taker that does not look
 * again after the loan does not pass.
 */
class LoanLincheckTest {
  private static final int A = 10;
  private static final int B = 12;
  private static final long BOTH = SignalSet.bit(A) | SignalSet.bit(B);
  private static final int INVOCATIONS = Boolean.getBoolean("lincheck.long") ? 50_000 : 1_000;

  @Test
  void takerGetsBothWhoeverIsWoken() {
    check(new ModelCheckingOptions(), INVOCATIONS, Lent.class);
    check(new StressOptions(), INVOCATIONS, Lent.class);
  }

  @Test
  void takerThatDoesNotLookAgainSleepsForGood() {
    LincheckAssertionError found =
        assertThrows(
            LincheckAssertionError.class,
            () -> check(new ModelCheckingOptions(), 100_000, NoSecondLook.class)); // until found
    assertTrue(found.getMessage().contains("hung"), found.getMessage());
  }

  private static void check(Options<?, ?> options, int invocations, Class<?> parties) {
    options
        .threads(3)
        .actorsPerThread(1)
        .actorsBefore(0)
        .actorsAfter(0)
        .iterations(1) // each operation runs once: there is only one scenario
        .invocationsPerIteration(invocations)
        .sequentialSpecification(Expected.class)
        .minimizeFailedScenario(false) // an owner alone hangs, as it should
        .check(parties);
  }

  /** The results of each party, in any order. */
  public static final class Expected {
    /** For Lincheck. */
    public Expected() {}

    public void sendBoth() {}

    public void own() {}

    public long takeBoth() {
      return BOTH;
    }
  }

  /** An owner that puts what it receives into a channel, and the channel's taker. */
  public static class Lent {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver owner = queue.claim(ParkingStrategies.PARK);
    private final AtomicLong channel = new AtomicLong();
    private final SignalQueue bell = SignalQueue.create();
    private final Receiver listener = bell.claim(ParkingStrategies.PARK);

    /** For Lincheck. */
    public Lent() {}

    private void deliver(long bits) {
      channel.getAndAccumulate(bits, (before, more) -> before | more);
      bell.announce();
    }

    boolean hasNews() {
      return channel.get() != 0;
    }

    /** Sends two signals. */
    @Operation(runOnce = true)
    public void sendBoth() {
      queue.send(A);
      queue.send(B);
    }

    /** Receives until the queue is closed. */
    @Operation(runOnce = true)
    public void own() throws InterruptedException {
      while (!queue.isClosed()) {
        deliver(owner.receiveSet(Note.FOREVER));
      }
    }

    /** Takes both, and closes the queue. */
    @Operation(runOnce = true)
    public long takeBoth() throws InterruptedException {
      Loan loan = owner.loan();
      long got = 0;
      for (; ; ) {
        got |= channel.getAndSet(0);
        if (got == BOTH) {
          queue.close();
          return got;
        }
        Loan.Result result = loan.borrow(Note.FOREVER, this::hasNews);
        if (result == Loan.Result.ROLE) {
          deliver(loan.take());
          loan.giveBack(true);
        } else if (result == Loan.Result.REFUSED) {
          listener.receiveSet(Note.FOREVER);
        }
      }
    }
  }

  /** What the owner has delivered before the loan is not noticed. */
  public static final class NoSecondLook extends Lent {
    /** For Lincheck. */
    public NoSecondLook() {}

    @Override
    boolean hasNews() {
      return false;
    }
  }
}
