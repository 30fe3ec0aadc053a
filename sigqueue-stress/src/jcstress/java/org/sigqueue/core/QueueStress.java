package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.ParkingStrategies;

/** One sender, or two, against the receiver: nothing is lost, and what was written is seen. */
public final class QueueStress {
  static final int A = 10;
  static final int B = 12;
  static final int INTERRUPTED = -1;

  private QueueStress() {}

  /** What a sender has written before it sent is there when its signal is. */
  @JCStressTest
  @Outcome(id = "0, [01]", expect = ACCEPTABLE, desc = "The receiver was earlier.")
  @Outcome(id = "10, 1", expect = ACCEPTABLE, desc = "Signal and data.")
  @Outcome(id = "10, 0", expect = FORBIDDEN, desc = "The signal without its data.")
  @State
  public static class SendThenPoll {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);
    private int data;

    /** Sends. */
    @Actor
    public void sender() {
      data = 1;
      queue.send(A);
    }

    /** Receives, or not. */
    @Actor
    public void receiver(II_Result r) {
      r.r1 = receiver.poll();
      r.r2 = data;
    }
  }

  /** A receiver that sleeps is woken, and sees the data. A lost wakeup is a test that hangs. */
  @JCStressTest
  @Outcome(id = "10, 1", expect = ACCEPTABLE, desc = "Signal and data.")
  @State
  public static class SendThenReceive {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);
    private int data;

    /** Sends. */
    @Actor
    public void sender() {
      data = 1;
      queue.send(A);
    }

    /** Waits for ever. */
    @Actor
    public void receiver(II_Result r) {
      r.r1 = await(receiver, Note.FOREVER);
      r.r2 = data;
    }
  }

  /**
   * A sender that finds its bit set returns at once, and yet whoever takes the bit sees its data.
   */
  @JCStressTest
  @Outcome(id = "10, 1, 0", expect = ACCEPTABLE, desc = "Coalesced with the earlier one.")
  @Outcome(id = "10, [01], 10", expect = ACCEPTABLE, desc = "A signal of its own.")
  @Outcome(id = "10, 0, 0", expect = FORBIDDEN, desc = "Coalesced, but its data are not seen.")
  @State
  public static class EarlyReturn {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);
    private int data;

    /** One signal is pending. */
    public EarlyReturn() {
      queue.send(A);
    }

    /** Sends the same again. */
    @Actor
    public void sender() {
      data = 1;
      queue.send(A);
    }

    /** Takes what is there. */
    @Actor
    public void receiver(III_Result r) {
      r.r1 = receiver.poll();
      r.r2 = data;
    }

    /** Takes what is left. */
    @Arbiter
    public void rest(III_Result r) {
      r.r3 = receiver.poll();
    }
  }

  /** Two senders of one signal: it is received once, and the receiver will look. */
  @JCStressTest
  @Outcome(id = "1, 10, 0", expect = ACCEPTABLE, desc = "Announced and received once.")
  @State
  public static class TwoSenders {
    private final HeapQueueWords words = new HeapQueueWords();
    private final SignalQueue queue = SignalQueue.on(words);
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** Sends. */
    @Actor
    public void one() {
      queue.send(A);
    }

    /** Sends the same. */
    @Actor
    public void other() {
      queue.send(A);
    }

    /** Receives. */
    @Arbiter
    public void receiver(III_Result r) {
      r.r1 = words.stateVolatile();
      r.r2 = receiver.poll();
      r.r3 = receiver.poll();
    }
  }

  /** A receiver whose time runs out meets a sender: the signal comes now or next time. */
  @JCStressTest
  @Outcome(id = "10, 0", expect = ACCEPTABLE, desc = "In time.")
  @Outcome(id = "0, 10", expect = ACCEPTABLE, desc = "Too late, and still there.")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "Lost.")
  @State
  public static class TimeoutAgainstSend {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.SPIN);

    /** Sends. */
    @Actor
    public void sender() {
      queue.send(A);
    }

    /** Waits for about as long as a send takes. */
    @Actor
    public void receiver(II_Result r) {
      r.r1 = await(receiver, 100);
    }

    /** The next receive. */
    @Arbiter
    public void rest(II_Result r) {
      r.r2 = await(receiver, 1);
    }
  }

  /** The same with an interrupt in the place of the timeout. */
  @JCStressTest
  @Outcome(id = "10, 0", expect = ACCEPTABLE, desc = "The signal was first.")
  @Outcome(id = "-1, 10", expect = ACCEPTABLE, desc = "Interrupted; the signal is still there.")
  @Outcome(id = "-1, 0", expect = FORBIDDEN, desc = "Lost.")
  @State
  public static class InterruptAgainstSend {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** Sends. */
    @Actor
    public void sender() {
      queue.send(A);
    }

    /** Waits, but is interrupted already. */
    @Actor
    public void receiver(II_Result r) {
      Thread.currentThread().interrupt();
      r.r1 = await(receiver, Note.FOREVER);
      Thread.interrupted(); // the thread is the harness's
    }

    /** The next receive. */
    @Arbiter
    public void rest(II_Result r) {
      r.r2 = await(receiver, 1);
    }
  }

  /** Close against send: true or false, the signal is in the queue. */
  @JCStressTest
  @Outcome(id = "(true|false), 10", expect = ACCEPTABLE, desc = "Pending after close.")
  @Outcome(id = "true, 0", expect = FORBIDDEN, desc = "Accepted and lost.")
  @State
  public static class CloseAgainstSend {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** Sends. */
    @Actor
    public void sender(ZI_Result r) {
      r.r1 = queue.send(A);
    }

    /** Closes. */
    @Actor
    public void closer() {
      queue.close();
    }

    /** Takes what is there. */
    @Arbiter
    public void rest(ZI_Result r) {
      r.r2 = receiver.poll();
    }
  }

  /** Close ends a wait, after what was sent before it. */
  @JCStressTest
  @Outcome(id = "10, 0", expect = ACCEPTABLE, desc = "The signal, then the end.")
  @State
  public static class CloseAfterSend {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.PARK);

    /** Sends, then closes. */
    @Actor
    public void sender() {
      queue.send(A);
      queue.close();
    }

    /** Waits for ever, twice. */
    @Actor
    public void receiver(II_Result r) {
      r.r1 = await(receiver, Note.FOREVER);
      r.r2 = await(receiver, Note.FOREVER);
    }
  }

  /** Close against a receiver whose time runs out: each ends the wait, both do no harm. */
  @JCStressTest
  @Outcome(
      id = "0, 0",
      expect = ACCEPTABLE,
      desc = "The end, and the queue knows that it is closed.")
  @State
  public static class CloseAgainstTimeout {
    private final SignalQueue queue = SignalQueue.create();
    private final Receiver receiver = queue.claim(ParkingStrategies.SPIN);

    /** Closes. */
    @Actor
    public void closer() {
      queue.close();
    }

    /** Waits for about as long as a close takes. */
    @Actor
    public void receiver(II_Result r) {
      r.r1 = await(receiver, 100);
    }

    /** Does not wait any more. */
    @Arbiter
    public void rest(II_Result r) {
      r.r2 = await(receiver, Note.FOREVER);
    }
  }

  static int await(Receiver receiver, long timeoutNanos) {
    try {
      return receiver.receive(timeoutNanos);
    } catch (InterruptedException e) {
      return INTERRUPTED;
    }
  }
}
