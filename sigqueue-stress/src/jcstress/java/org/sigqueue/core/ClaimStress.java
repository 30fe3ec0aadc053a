package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.sigqueue.core.park.ParkingStrategies;

/** The receiver's role under two threads: it has one owner, which receives. */
@Outcome(id = "true, false, true", expect = ACCEPTABLE, desc = "The first has the role.")
@Outcome(id = "false, true, true", expect = ACCEPTABLE, desc = "The second has the role.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Two owners, none, or one that does not receive.")
public final class ClaimStress {
  private static final int A = 10;

  private ClaimStress() {}

  private static @Nullable Receiver claim(SignalQueue queue) {
    try {
      return queue.claim(ParkingStrategies.PARK);
    } catch (IllegalStateException e) {
      return null; // refused
    }
  }

  private static boolean receives(@Nullable Receiver receiver, SignalQueue queue) {
    return receiver != null && queue.send(A) && receiver.poll() == A;
  }

  /** Two claims of one queue. */
  @JCStressTest
  @JCStressMeta(ClaimStress.class)
  @State
  public static class TwoClaims {
    private final SignalQueue queue = SignalQueue.create();
    private @Nullable Receiver first;
    private @Nullable Receiver second;

    /** Claims. */
    @Actor
    public void first() {
      first = claim(queue);
    }

    /** Claims, too. */
    @Actor
    public void second() {
      second = claim(queue);
    }

    /** Looks at what both have got. */
    @Arbiter
    public void look(ZZZ_Result r) {
      r.r1 = first != null;
      r.r2 = second != null;
      r.r3 = receives(first != null ? first : second, queue);
    }
  }

  /** Two claims that look first and set then. Known to be wrong. */
  @JCStressTest
  @JCStressMeta(ClaimStress.class)
  @State
  public static class BrokenLookAndSet {
    private final SignalQueue queue = SignalQueue.on(new LookAndSetWords());
    private @Nullable Receiver first;
    private @Nullable Receiver second;

    /** Claims. */
    @Actor
    public void first() {
      first = claim(queue);
    }

    /** Claims, too. */
    @Actor
    public void second() {
      second = claim(queue);
    }

    /** Looks at what both have got. */
    @Arbiter
    public void look(ZZZ_Result r) {
      r.r1 = first != null;
      r.r2 = second != null;
      r.r3 = first != null || second != null;
    }
  }

  private static final class LookAndSetWords extends HeapQueueWords {
    private volatile @Nullable Receiver owner;

    @Override
    boolean isReceiver(Receiver candidate) {
      return owner == candidate;
    }

    @Override
    boolean casReceiver(@Nullable Receiver expected, @Nullable Receiver update) {
      if (owner != expected) {
        return false;
      }
      owner = update;
      return true;
    }
  }

  /** The end of a receiver against the claim of the next one. */
  @JCStressTest
  @Outcome(id = "true, true, true", expect = ACCEPTABLE, desc = "Claimed after the end.")
  @Outcome(id = "false, false, true", expect = ACCEPTABLE, desc = "Refused, and closed.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "The end of one has ended the other.")
  @State
  public static class ClaimAgainstEnd {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver first = queue.claim(ParkingStrategies.PARK);
    private @Nullable Receiver second;

    /** Ends the first receiver. */
    @Actor
    public void end() {
      first.close();
    }

    /** Claims the role for the second. */
    @Actor
    public void claim() {
      second = ClaimStress.claim(queue);
    }

    /** The first has ended, and the second receives if it is there. */
    @Arbiter
    public void look(ZZZ_Result r) {
      r.r1 = second != null;
      r.r2 = !queue.isClosed();
      r.r3 = hasEnded(first) && (second == null || receives(second, queue));
    }

    private static boolean hasEnded(Receiver receiver) {
      try {
        receiver.poll();
        return false;
      } catch (IllegalStateException e) {
        return true;
      }
    }
  }
}
