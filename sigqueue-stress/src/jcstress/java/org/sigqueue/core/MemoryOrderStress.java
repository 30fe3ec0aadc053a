package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * Why a sender's change of the mask and its look at the state are sequentially consistent. The
 * state is PENDING; the receiver makes it ACTIVE and looks at the mask, the sender changes the mask
 * and looks at the state. At least one has to see the other.
 */
@Outcome(id = "true, (true|false)", expect = ACCEPTABLE, desc = "Received.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "Announced for the next look.")
@Outcome(id = "false, false", expect = FORBIDDEN, desc = "The receiver sleeps on a pending signal.")
public class MemoryOrderStress {
  private static final int A = 10;

  private final HeapQueueWords words;
  private final SignalQueue queue;
  private final Receiver receiver;

  MemoryOrderStress(HeapQueueWords words) {
    this.words = words;
    queue = SignalQueue.on(words);
    receiver = queue.claim(ParkingStrategies.PARK);
    queue.announce();
  }

  final void send() {
    for (int i = 0; i < 3; i++) {
      Thread.onSpinWait(); // the receiver has more to do before they meet
    }
    queue.send(A);
  }

  final boolean isReceived() {
    return receiver.poll() == A;
  }

  final boolean isAnnounced() {
    return words.stateVolatile() == SignalQueue.PENDING;
  }

  /** As it is. */
  @JCStressTest
  @JCStressMeta(MemoryOrderStress.class)
  @State
  public static class SequentiallyConsistent extends MemoryOrderStress {
    /** On heap words. */
    public SequentiallyConsistent() {
      super(new HeapQueueWords());
    }

    /** Sends. */
    @Actor
    public void sender() {
      send();
    }

    /** Looks. */
    @Actor
    public void receiver(ZZ_Result r) {
      r.r1 = isReceived();
    }

    /** Looks at the state. */
    @Arbiter
    public void state(ZZ_Result r) {
      r.r2 = isAnnounced();
    }
  }

  /** With release and acquire alone. Known to be wrong. */
  @JCStressTest
  @JCStressMeta(MemoryOrderStress.class)
  @State
  public static class BrokenReleaseAcquire extends MemoryOrderStress {
    /** On weak words. */
    public BrokenReleaseAcquire() {
      super(new ReleaseAcquireWords());
    }

    /** Sends. */
    @Actor
    public void sender() {
      send();
    }

    /** Looks. */
    @Actor
    public void receiver(ZZ_Result r) {
      r.r1 = isReceived();
    }

    /** Looks at the state. */
    @Arbiter
    public void state(ZZ_Result r) {
      r.r2 = isAnnounced();
    }
  }

  /**
   * Words whose mask is changed by release, for one sender: a read and a write, because on x86 a
   * read-modify-write of any order is a full fence.
   */
  private static final class ReleaseAcquireWords extends HeapQueueWords {
    private static final VarHandle MASK;

    static {
      try {
        MASK = MethodHandles.lookup().findVarHandle(ReleaseAcquireWords.class, "mask", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private long mask;

    @Override
    long orMask(long bits) {
      long before = (long) MASK.getAcquire(this);
      MASK.setRelease(this, before | bits);
      return before;
    }

    @Override
    long swapMask() {
      return (long) MASK.getAndSet(this, 0L);
    }
  }
}
