package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * Go issue 4383, with the queue of this project and with the one of before the fix: a sender meets
 * a receiver whose thread is interrupted, just when it has said that it is about to sleep, by a
 * handler that sends another signal. That makes two senders of two actors.
 */
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Each sleep was ended once.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Double wakeup.")
public final class WakeupStress {
  private static final int A = 10;
  private static final int B = 12;

  private WakeupStress() {}

  /** Runs a part of the test and tells whether it found no double wakeup. */
  private static boolean isSound(Runnable part) {
    try {
      part.run();
      return true;
    } catch (InconsistentStateException e) {
      return false;
    }
  }

  /** The three states. */
  @JCStressTest
  @JCStressMeta(WakeupStress.class)
  @State
  public static class ThreeStates {
    private final InterruptedWords words = new InterruptedWords(SignalQueue.WAITING);
    private final SignalQueue queue = SignalQueue.on(words);
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** The handler will send B. */
    public ThreeStates() {
      words.interruptBy(() -> queue.send(B));
    }

    /** Sends A. */
    @Actor
    public void sender(ZZ_Result r) {
      r.r1 = isSound(() -> queue.send(A));
    }

    /** Receives both. */
    @Actor
    public void receiver(ZZ_Result r) {
      r.r2 =
          isSound(() -> {
            QueueStress.await(receiver, Note.FOREVER);
            QueueStress.await(receiver, Note.FOREVER);
          });
    }
  }

  /** The kick word of before the fix. Known to be wrong. */
  @JCStressTest
  @JCStressMeta(WakeupStress.class)
  @State
  public static class BrokenKick {
    private final InterruptedWords words = new InterruptedWords(KickQueue.KICK);
    private final KickQueue queue = new KickQueue(words, ParkingStrategies.PARK);

    /** The receiver has asked to be kicked; when it asks again, the handler will send B. */
    public BrokenKick() {
      words.casState(0, KickQueue.KICK);
      words.interruptBy(() -> queue.send(B));
    }

    /** Sends A. */
    @Actor
    public void sender(ZZ_Result r) {
      r.r1 = isSound(() -> queue.send(A));
    }

    /** Receives both. */
    @Actor
    public void receiver(ZZ_Result r) {
      r.r2 =
          isSound(() -> {
            queue.receive();
            queue.receive();
          });
    }
  }
}
