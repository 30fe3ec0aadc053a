package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.sigqueue.core.park.ParkingStrategies;

/** The ring of records: whoever takes a signal finds its record, and finds it whole. */
public class RecordStress {
  private static final int A = 10;
  private static final long NO_RECORD = -1;

  final SharedBlock block = SharedBlock.allocate(1);
  final SignalQueue queue = block.queue();
  final Receiver receiver = queue.claim(ParkingStrategies.PARK);
  final OccurrenceRing ring = new OccurrenceRing(block);
  private final JavaSender acceptor = new JavaSender(block);

  RecordStress() {
    block.want(A);
  }

  final void accept(long value) {
    acceptor.accept(occurrence(value));
  }

  final void receive(IJ_Result r) {
    r.r1 = receiver.poll();
    r.r2 = value();
  }

  /** The value of the oldest record; negative if its fields do not agree with each other. */
  final long value() {
    Occurrence occurrence = new Occurrence();
    if (!ring.poll(occurrence)) {
      return NO_RECORD;
    }
    return occurrence.pid == occurrence.value ? occurrence.value : -2;
  }

  static Occurrence occurrence(long value) {
    Occurrence occurrence = new Occurrence();
    occurrence.signal = A;
    occurrence.pid = (int) value;
    occurrence.value = value;
    return occurrence;
  }

  /** What a receiver of one sender's signal may find. */
  @Outcome(id = "0, -1", expect = ACCEPTABLE, desc = "The receiver was earlier.")
  @Outcome(id = "0, 7", expect = ACCEPTABLE, desc = "The record is there before its signal.")
  @Outcome(id = "10, 7", expect = ACCEPTABLE, desc = "The signal and its record.")
  @Outcome(id = "10, -1", expect = FORBIDDEN, desc = "The signal without its record.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "A torn record.")
  public static class Visibility {}

  /** One sender, one receiver. */
  @JCStressTest
  @JCStressMeta(Visibility.class)
  @State
  public static class RecordBeforeSignal extends RecordStress {
    /** Accepts. */
    @Actor
    public void sender() {
      accept(7);
    }

    /** Takes signal and record. */
    @Actor
    public void receiver(IJ_Result r) {
      receive(r);
    }
  }

  /** Two senders and a ring of one cell: one record is kept, the other counted as lost. */
  @JCStressTest
  @Outcome(id = "[78], 2, 1", expect = ACCEPTABLE, desc = "Accepted is recorded plus lost.")
  @State
  public static class FullRing extends RecordStress {
    /** Accepts. */
    @Actor
    public void one() {
      accept(7);
    }

    /** Accepts. */
    @Actor
    public void other() {
      accept(8);
    }

    /** Counts. */
    @Arbiter
    public void receiver(JJJ_Result r) {
      r.r1 = value();
      r.r2 = block.accepted(A);
      r.r3 = block.lost(A);
    }
  }

  /** The consumer leaves the only cell while a sender comes to it: kept whole, or lost. */
  @JCStressTest
  @Outcome(id = "7, 8, 0", expect = ACCEPTABLE, desc = "The cell was free again.")
  @Outcome(id = "7, -1, 1", expect = ACCEPTABLE, desc = "The cell was not free yet.")
  @State
  public static class CellIsReused extends RecordStress {
    /** The ring is full. */
    public CellIsReused() {
      accept(7);
    }

    /** Accepts. */
    @Actor
    public void sender() {
      accept(8);
    }

    /** Takes the first. */
    @Actor
    public void receiver(JJJ_Result r) {
      r.r1 = value();
    }

    /** Takes what is left. */
    @Arbiter
    public void rest(JJJ_Result r) {
      r.r2 = value();
      r.r3 = block.lost(A);
    }
  }

  /**
   * The consumer gives a record up while its producer publishes it: taken, or lost, and never both.
   */
  @JCStressTest
  @Outcome(id = "7, 0", expect = ACCEPTABLE, desc = "The producer was earlier.")
  @Outcome(id = "-1, 1", expect = ACCEPTABLE, desc = "The consumer was earlier.")
  @State
  public static class GivenUp extends RecordStress {
    private final long position = ring.claim(A);

    /** Fills and publishes. */
    @Actor
    public void producer() {
      ring.fill(position, occurrence(7));
    }

    /** Has no patience. */
    @Actor
    public void consumer() {
      ring.unblock(0);
    }

    /** Takes what is left. */
    @Arbiter
    public void rest(JJ_Result r) {
      r.r1 = value();
      r.r2 = block.lost(A);
    }
  }

  /** A sender that sends before it records. Known to be wrong. */
  @JCStressTest
  @JCStressMeta(Visibility.class)
  @State
  public static class BrokenSignalBeforeRecord extends RecordStress {
    /** Sends, then records. */
    @Actor
    public void sender() {
      queue.send(A);
      ring.offer(occurrence(7));
    }

    /** Takes signal and record. */
    @Actor
    public void receiver(IJ_Result r) {
      receive(r);
    }
  }
}
