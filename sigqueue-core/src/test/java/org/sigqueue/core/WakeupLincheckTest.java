package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * A receiver that really sleeps: no signal is missed, nobody is woken twice, and nobody sleeps for
 * good. The queue of before the fix of Go issue 4383 does not pass, nor does a sender whose memory
 * accesses are reordered.
 */
class WakeupLincheckTest {
  private static final int A = 10;
  private static final int B = 12;
  private static final int INVOCATIONS = Boolean.getBoolean("lincheck.long") ? 50_000 : 1_000;

  @Test
  void twoSendersWakeTheReceiver() {
    check(new ModelCheckingOptions(), INVOCATIONS, TwoSenders.class);
    check(new StressOptions(), INVOCATIONS, TwoSenders.class);
  }

  @Test
  void senderAndHandlerWakeTheReceiver() {
    check(new ModelCheckingOptions(), INVOCATIONS, SenderAndHandler.class);
    check(new StressOptions(), INVOCATIONS, SenderAndHandler.class);
  }

  @Test
  void oldProtocolWakesTwice() {
    assertFound("double wakeup", Kick.class);
  }

  @Test
  void reorderedSenderIsMissed() {
    assertFound("hung", Reordered.class);
  }

  private static void check(Options<?, ?> options, int invocations, Class<?> parties) {
    options
        .threads(parties == TwoSenders.class ? 3 : 2)
        .actorsPerThread(1)
        .actorsBefore(0)
        .actorsAfter(0)
        .iterations(1) // each operation runs once: there is only one scenario
        .invocationsPerIteration(invocations)
        .sequentialSpecification(Expected.class)
        .minimizeFailedScenario(false) // a receiver alone hangs, as it should
        .check(parties);
  }

  private static void assertFound(String what, Class<?> parties) {
    LincheckAssertionError found =
        assertThrows(
            LincheckAssertionError.class,
            () -> check(new ModelCheckingOptions(), 100_000, parties)); // ends when it has found it
    assertTrue(found.getMessage().contains(what), found.getMessage());
  }

  /** The results of each party, in any order. */
  public static final class Expected {
    /** For Lincheck. */
    public Expected() {}

    public void sendA() {}

    public void sendB() {}

    public int receiveBoth() {
      return A + B;
    }
  }

  /** Two senders. */
  public static final class TwoSenders {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** For Lincheck. */
    public TwoSenders() {}

    @Operation(runOnce = true)
    public void sendA() {
      queue.send(A);
    }

    @Operation(runOnce = true)
    public void sendB() {
      queue.send(B);
    }

    @Operation(runOnce = true)
    public int receiveBoth() throws InterruptedException {
      return receiver.receive() + receiver.receive();
    }
  }

  /** A sender, and a handler that interrupts the receiver. */
  public static final class SenderAndHandler {
    private final InterruptedWords words = new InterruptedWords(SignalQueue.WAITING);
    private final SignalQueue queue = SignalQueue.on(words);
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** The handler will send B. */
    public SenderAndHandler() {
      words.interruptBy(() -> queue.send(B));
    }

    @Operation(runOnce = true)
    public void sendA() {
      queue.send(A);
    }

    @Operation(runOnce = true)
    public int receiveBoth() throws InterruptedException {
      return receiver.receive() + receiver.receive();
    }
  }

  /** The same with the queue of before the fix. */
  public static final class Kick {
    private final InterruptedWords words = new InterruptedWords(KickQueue.KICK);
    private final KickQueue queue = new KickQueue(words, ParkingStrategies.PARK);

    /** The receiver has asked to be woken; when it asks again, the handler will send B. */
    public Kick() {
      words.casState(0, KickQueue.KICK);
      words.interruptBy(() -> queue.send(B));
    }

    @Operation(runOnce = true)
    public void sendA() {
      queue.send(A);
    }

    @Operation(runOnce = true)
    public int receiveBoth() {
      return queue.receive() + queue.receive();
    }
  }

  /** A sender that looks at the state too early. */
  public static final class Reordered {
    private final SignalQueue queue = SignalQueue.on(new ReorderedWords());
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** A sender has announced B already. */
    public Reordered() {
      queue.send(B);
    }

    @Operation(runOnce = true)
    public void sendA() {
      queue.send(A);
    }

    @Operation(runOnce = true)
    public int receiveBoth() throws InterruptedException {
      return receiver.receive() + receiver.receive();
    }
  }

  /**
   * Words as a sender sees them whose read of the state overtakes its change of the mask, which
   * release and acquire alone would allow: reordered here by hand, for a checker of interleavings.
   */
  private static final class ReorderedWords extends HeapQueueWords {
    private @Nullable Thread sender;
    private int early;

    @Override
    long orMask(long bits) {
      early = super.stateVolatile();
      long before = super.orMask(bits);
      sender = Thread.currentThread();
      return before;
    }

    @Override
    int stateVolatile() {
      if (sender != Thread.currentThread()) {
        return super.stateVolatile();
      }
      sender = null;
      return early;
    }
  }
}
