package org.sigqueue.dispatch;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;
import org.openjdk.jcstress.infra.results.IZ_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A run of a {@link SerialTask} against close, and against an offer. The run is the actor's: the
 * executor only keeps it.
 */
public final class SerialTaskStress {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int SPINS = 1_000;

  private SerialTaskStress() {}

  /** Keeps the run that was submitted, until somebody takes it. */
  private static final class Runs implements Executor {
    private final AtomicReference<@Nullable Runnable> submitted = new AtomicReference<>();

    @Override
    public void execute(Runnable run) {
      submitted.set(run);
    }

    /** The run; null if none is submitted in time. */
    @Nullable Runnable take(long nanos) {
      long start = System.nanoTime();
      Runnable run = submitted.getAndSet(null);
      while (run == null && System.nanoTime() - start < nanos) {
        Thread.yield(); // a thread of the library submits it
        run = submitted.getAndSet(null);
      }
      return run;
    }

    /** The run, if it comes in a moment. */
    @Nullable Runnable poll() {
      Runnable run = null;
      for (int i = 0; i < SPINS && run == null; i++) {
        run = submitted.getAndSet(null);
      }
      return run;
    }
  }

  /** Counts what was offered, and steps that do not come as they should. */
  private static final class Counts implements SerialTask.Work {
    private final AtomicInteger offered = new AtomicInteger();
    private final AtomicInteger handled = new AtomicInteger();
    private final AtomicInteger discards = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();
    private volatile boolean closed; // close has returned
    private int late; // steps that have seen that; by steps alone, which are serial
    private volatile boolean wrong; // a step has started after that, or beside another

    @Override
    public boolean step() {
      if (inside.getAndIncrement() != 0) {
        wrong = true;
      }
      if (closed && ++late > 1) { // the one step that close has found running may get here after it
        wrong = true;
      }
      boolean found = handled.get() < offered.get();
      if (found) {
        handled.incrementAndGet();
      }
      inside.decrementAndGet();
      return found;
    }

    @Override
    public void refused(Throwable why) {
      wrong = true;
    }

    @Override
    public void discard() {
      discards.incrementAndGet();
    }
  }

  private static Runnable submitted(Runs runs) {
    Runnable run = runs.take(DEADLINE_NANOS);
    if (run == null) {
      throw new IllegalStateException("no run was submitted");
    }
    return run;
  }

  /** No step starts after close has returned, and what waits is discarded once. */
  @JCStressTest
  @Outcome(id = "0, 1, false", expect = ACCEPTABLE, desc = "Closed before the step.")
  @Outcome(id = "1, 1, false", expect = ACCEPTABLE, desc = "The step was first.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "A step after close, or no discard, or two.")
  @State
  public static class CloseAgainstRun {
    private final Runs runs = new Runs();
    private final Counts counts = new Counts();
    private final SerialTask task = new SerialTask(counts, runs);
    private final Runnable run;

    /** Something was offered, and its run submitted. */
    public CloseAgainstRun() {
      counts.offered.incrementAndGet();
      task.announce();
      run = submitted(runs);
    }

    /** Does the run. */
    @Actor
    public void run() {
      run.run();
    }

    /** Closes. */
    @Actor
    public void close() {
      task.close();
      counts.closed = true;
    }

    /** Looks at the counts. */
    @Arbiter
    public void look(IIZ_Result r) {
      r.r1 = counts.handled.get();
      r.r2 = counts.discards.get();
      r.r3 = counts.wrong;
    }
  }

  /** What is offered while a run ends is handled: by that run, or by another after it. */
  @JCStressTest
  @Outcome(id = "2, false", expect = ACCEPTABLE, desc = "Both were handled, one after the other.")
  @Outcome(id = ".*", expect = FORBIDDEN, desc = "One was lost, or two runs have overlapped.")
  @State
  public static class OfferAgainstEndOfRun {
    private final Runs runs = new Runs();
    private final Counts counts = new Counts();
    private final SerialTask task = new SerialTask(counts, runs);
    private final Runnable run;

    /** Something was offered, and its run submitted. */
    public OfferAgainstEndOfRun() {
      counts.offered.incrementAndGet();
      task.announce();
      run = submitted(runs);
    }

    /** Does the run. */
    @Actor
    public void run() {
      run.run();
    }

    /** Offers, and does the run that follows, if there is one soon. */
    @Actor
    public void offer() {
      counts.offered.incrementAndGet();
      task.announce();
      Runnable next = runs.poll();
      if (next != null) {
        next.run();
      }
    }

    /** Does the run that follows, if it is still to be done. */
    @Arbiter
    public void look(IZ_Result r) {
      while (counts.handled.get() < 2) {
        Runnable next = runs.take(DEADLINE_NANOS);
        if (next == null) {
          break; // lost
        }
        next.run();
      }
      r.r1 = counts.handled.get();
      r.r2 = counts.wrong;
    }
  }

  /** A close that a run looks for before its step, without a gate. Known to be wrong. */
  @JCStressTest
  @Outcome(id = "false", expect = ACCEPTABLE, desc = "No step after close.")
  @Outcome(id = "true", expect = FORBIDDEN, desc = "A step after close.")
  @State
  public static class BrokenWithoutGate {
    private final Counts counts = new Counts();
    private volatile boolean closing;

    /** Does the run. */
    @Actor
    public void run() {
      if (!closing) { // one look for all steps
        counts.step();
        counts.step();
      }
    }

    /** Closes. */
    @Actor
    public void close() {
      closing = true;
      counts.closed = true;
    }

    /** Looks at the counts. */
    @Arbiter
    public void look(Z_Result r) {
      r.r1 = counts.wrong;
    }
  }

  /** A run that ends in two steps, between which an offer can come. Known to be wrong. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "Both were handled.")
  @Outcome(id = "1", expect = FORBIDDEN, desc = "One was lost.")
  @State
  public static class BrokenEndOfRun {
    private final Counts counts = new Counts();
    private final AtomicInteger unseen = new AtomicInteger(1);

    /** Something was offered, and its run submitted. */
    public BrokenEndOfRun() {
      counts.offered.incrementAndGet();
    }

    /** Does the run. */
    @Actor
    public void run() {
      int seen;
      do {
        seen = unseen.get();
        while (counts.step()) {
          // The next one.
        }
      } while (unseen.get() != seen);
      unseen.set(0);
    }

    /** Offers, and does the run itself if it is its to submit. */
    @Actor
    public void offer() {
      counts.offered.incrementAndGet();
      if (unseen.getAndIncrement() == 0) {
        counts.step();
      }
    }

    /** Looks at the counts. */
    @Arbiter
    public void look(I_Result r) {
      r.r1 = counts.handled.get();
    }
  }
}
