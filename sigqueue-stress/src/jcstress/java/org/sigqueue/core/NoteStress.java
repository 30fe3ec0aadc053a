package org.sigqueue.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;

/**
 * The note of each strategy: a wakeup that meets a timeout is not lost, and brings its data. A lost
 * one is a test that hangs.
 */
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "Woken in time.")
@Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "Timed out, then woken.")
@Outcome(id = "(true|false), 0", expect = FORBIDDEN, desc = "Woken without the data.")
public class NoteStress {
  private final Note note;
  private int data;

  NoteStress(ParkingStrategy strategy, NoteWord word) {
    note = strategy.newNote(word);
  }

  final void wake() {
    data = 1;
    Thread.onSpinWait(); // the sleeper has more to do before they meet
    note.wakeup();
  }

  final void sleep(ZI_Result r) {
    r.r1 = note.sleep(0); // its time is up: as short as what it meets
    if (!r.r1) {
      note.sleep(Note.FOREVER);
    }
    r.r2 = data;
  }

  /** The strategy park. */
  @JCStressTest
  @JCStressMeta(NoteStress.class)
  @State
  public static class Park extends NoteStress {
    /** On a word of its own. */
    public Park() {
      super(ParkingStrategies.PARK, new HeapQueueWords());
    }

    /** Wakes. */
    @Actor
    public void waker() {
      wake();
    }

    /** Sleeps. */
    @Actor
    public void sleeper(ZI_Result r) {
      sleep(r);
    }
  }

  /** The strategy spin. */
  @JCStressTest
  @JCStressMeta(NoteStress.class)
  @State
  public static class Spin extends NoteStress {
    /** On a word of its own. */
    public Spin() {
      super(ParkingStrategies.SPIN, new HeapQueueWords());
    }

    /** Wakes. */
    @Actor
    public void waker() {
      wake();
    }

    /** Sleeps. */
    @Actor
    public void sleeper(ZI_Result r) {
      sleep(r);
    }
  }

  /** The strategy yield. */
  @JCStressTest
  @JCStressMeta(NoteStress.class)
  @State
  public static class Yield extends NoteStress {
    /** On a word of its own. */
    public Yield() {
      super(ParkingStrategies.YIELD, new HeapQueueWords());
    }

    /** Wakes. */
    @Actor
    public void waker() {
      wake();
    }

    /** Sleeps. */
    @Actor
    public void sleeper(ZI_Result r) {
      sleep(r);
    }
  }

  /** The strategy adaptive. */
  @JCStressTest
  @JCStressMeta(NoteStress.class)
  @State
  public static class Adaptive extends NoteStress {
    /** On a word of its own. */
    public Adaptive() {
      super(ParkingStrategies.ADAPTIVE, new HeapQueueWords());
    }

    /** Wakes. */
    @Actor
    public void waker() {
      wake();
    }

    /** Sleeps. */
    @Actor
    public void sleeper(ZI_Result r) {
      sleep(r);
    }
  }

  /** The strategy futex. */
  @JCStressTest
  @JCStressMeta(NoteStress.class)
  @State
  public static class Futex extends NoteStress {
    /** On a word of its own. */
    public Futex() {
      super(ParkingStrategies.byName("futex"), SharedBlock.allocate(1));
    }

    /** Wakes. */
    @Actor
    public void waker() {
      wake();
    }

    /** Sleeps. */
    @Actor
    public void sleeper(ZI_Result r) {
      sleep(r);
    }
  }
}
