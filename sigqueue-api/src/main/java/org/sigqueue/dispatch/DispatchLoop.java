package org.sigqueue.dispatch;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sigqueue.Signal;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

/**
 * The thread that receives occurrences from a source and offers them to the routes. It is there
 * while anything is registered, and ends itself.
 *
 * <p>It takes no lock to deliver: it reads {@link Routes}, which tell also what has to be drained.
 * Inline handlers are the only code of a user that it runs. An error costs one subscriber one
 * occurrence, which is counted as dropped; only an error of the receiver itself ends the loop.
 */
final class DispatchLoop implements Runnable {
  private static final long ALL = -1; // signals
  private static final long EXIT_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long QUIESCENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long MEMORY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long RECORD_NANOS = TimeUnit.MILLISECONDS.toNanos(800); // see giveUp

  private final Hub hub;
  private final SharedBlock block;
  private final Routes routes;
  private final Drain drain;
  private final Receiver receiver;
  private final Thread thread;
  private final ExitHook exit = new ExitHook(this);
  private final Lending lending;
  private final FailedLoop failure;

  private volatile boolean draining; // routes are settled: calls may wait to see them drained
  private volatile boolean failing;
  private volatile boolean inline; // whether it runs a handler

  // Only the thread that has the receiver's role uses the rest: the loop's own, or a borrower that
  // serves.
  private final OccurrenceRing ring;
  private final long[] dispatched = new long[SignalSet.MAX + 1]; // with or without details
  private long allDispatched; // by this loop
  private final LoopMask masks;
  private final long[] lost = new long[SignalSet.MAX + 1]; // those of them without
  private Delivery current;
  private boolean borrowed;
  private long owed; // signals of which a borrower has not delivered all

  /** Creates the loop. Nothing may be wanted yet. */
  DispatchLoop(Hub hub, SharedBlock block, Routes routes, Drain drain, Receiver receiver) {
    this.hub = hub;
    this.block = block;
    this.routes = routes;
    this.drain = drain;
    this.receiver = receiver;
    this.ring = new OccurrenceRing(block);
    this.masks = new LoopMask(hub.source(), hub.exclusive());
    this.failure = new FailedLoop(this, hub, masks);
    this.current = newDelivery();
    this.lending = new Lending(this, receiver.loan(), routes, exit, hub.source());
    this.thread = Threads.create("sigqueue-dispatcher", true, this);
    skipLeftovers();
  }

  void start() {
    exit.add();
    try {
      thread.start();
    } catch (Throwable e) { // no memory for a thread
      exit.remove();
      throw e;
    }
  }

  Receiver receiver() {
    return receiver;
  }

  Lending lending() {
    return lending;
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  boolean isFailing() {
    return failing;
  }

  /** Whether an inline handler is running. */
  boolean runsInline() {
    return inline;
  }

  /** Whether an inline handler has called {@link System#exit}, which does not return. */
  boolean isExiting() {
    return inline && Threads.isInExit(thread);
  }

  /** Waits for the end of the thread, for a second at most; whether it has ended. */
  boolean awaitEnd() {
    return Threads.awaitEnd(thread, TimeUnit.SECONDS.toNanos(1));
  }

  /** How many of a signal were dispatched. The loop's thread alone. */
  long dispatched(int signal) {
    return dispatched[signal];
  }

  /** How many occurrences this loop has dispatched. Only with the role. */
  long dispatched() {
    return allDispatched;
  }

  /** Completes the routes that are settled when they are drained. Any thread; never blocks. */
  void drain() {
    draining = true;
    wake();
  }

  /** Makes the loop look for work. Any thread; never blocks. */
  void wake() {
    block.queue().announce();
    LockSupport.unpark(thread); // while the JVM exits it is parked
  }

  /**
   * Drops the records that an earlier loop on this block has left: they are not for the routes to
   * come.
   */
  private void skipLeftovers() {
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      long start = System.nanoTime();
      // A handler that is late, after a failure, has counted and not recorded yet.
      while (!block.isQuiescent(signal) && System.nanoTime() - start < QUIESCENCE_NANOS) {
        Thread.onSpinWait();
      }
    }
    while (ring.poll(current.occurrence()) || ring.unblock(0) != 0) {} // nothing wants it
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      dispatched[signal] = block.accepted(signal);
      lost[signal] = block.lost(signal);
    }
  }

  @Override
  public void run() {
    try {
      while (goesOn()) {
        serve(receive());
      }
    } catch (Throwable e) { // a bug, here or in a parking strategy
      failing = true;
      failure.end(e);
    } finally {
      exit.remove();
    }
  }

  private boolean goesOn() {
    for (; ; ) {
      try {
        if (routes.isEmpty() && hub.endIfIdle(this)) {
          return false;
        }
        masks.open();
        return true;
      } catch (OutOfMemoryError e) { // nothing was received that would be lost
        LockSupport.parkNanos(this, MEMORY_NANOS);
        masks.shut(); // the error may have left it open
        serve(0); // a thread that waits for a drain may have all the memory
      }
    }
  }

  /** An interrupt was meant for the code that ran here, or for all threads of a group. */
  private long receive() {
    try {
      if (!exit.isExiting()) {
        return ring.isBlocked()
            ? receiver.receiveSet(RECORD_NANOS)
            : receiver.receiveSetUninterruptibly();
      }
      exit.hasLeft();
      LockSupport.parkNanos(this, EXIT_LOOK_NANOS);
      return receiver.receiveSet(0);
    } catch (InterruptedException e) {
      return 0;
    } finally {
      boolean unused = Thread.interrupted();
      masks.shut();
    }
  }

  /** Delivers the occurrences that were accepted before signals were withdrawn. */
  void deliverRest() {
    current.finish();
    deliver(ALL);
  }

  /**
   * Serves until routes are drained, for an inline handler that has stopped them: no other thread
   * can bring about what it waits for. What is being delivered is delivered to the end first, so
   * that all stays in order.
   */
  void serveUntilDrained(List<Route> stopping) {
    Delivery interrupted = current;
    boolean caller = inline;
    try {
      interrupted.finish();
      current = newDelivery();
      serve(0); // the announcement that all this depends on may be the one that is being served
      for (Route route : stopping) {
        while (!route.isDrained()) {
          serve(receive());
        }
      }
    } finally {
      current = interrupted;
      inline = caller;
    }
  }

  private void serve(long bits) {
    for (long due = bits | owed; ; due = ALL) {
      owed = 0;
      try {
        current.resume();
        deliver(due);
        completeDrained();
        return;
      } catch (OutOfMemoryError e) { // what is due then can be served again
        LockSupport.parkNanos(this, MEMORY_NANOS);
      }
    }
  }

  /**
   * Serves for a borrower of the role, up to what the loop's own thread has to do: that goes on
   * there.
   *
   * @return whether nothing is left to do
   */
  boolean serveBorrowed(long bits) {
    owed = ALL; // unless it gets to the end
    borrowed = true;
    try {
      deliver(bits);
    } finally {
      borrowed = false;
    }
    if (!current.isDone()) {
      return false;
    }
    owed = 0;
    // After it has got the role: see Lending.
    boolean due = draining || routes.isEmpty() || masks.isBehind() || ring.isBlocked();
    return bits != 0 && !due && lending.isOpen();
  }

  private Delivery newDelivery() {
    return new Delivery(this, routes, hub.source());
  }

  /** Counts occurrences of a signal as dispatched, and returns how many were before. */
  long count(Occurrence occurrence) {
    long before = dispatched[occurrence.signal];
    dispatched[occurrence.signal] = before + occurrence.count;
    allDispatched += occurrence.count;
    return before;
  }

  /** Whether a borrower serves, which may not make calls that need the loop's own thread. */
  boolean isBorrowed() {
    return borrowed;
  }

  /** An inline handler is about to be called. Volatile, before the look at the cut; see there. */
  void beginInline() {
    inline = true;
  }

  /** The inline handler has returned. */
  void endInline() {
    inline = false;
  }

  /**
   * Delivers the records of the ring, and those occurrences of these signals that found it full.
   */
  private void deliver(long bits) {
    Occurrence occurrence = current.occurrence();
    int unwritten = ring.unblock(RECORD_NANOS);
    // Bounded, so that a storm of one signal cannot delay the end of another's route.
    int room = block.ringCapacity();
    while (room > 0 && current.isDone() && ring.poll(occurrence)) {
      current.deliver();
      room--;
    }
    if (room == 0) {
      block.queue().announce(); // there may be more
    }
    for (long left = bits; left != 0 && current.isDone(); left &= left - 1) {
      deliverLost(Long.numberOfTrailingZeros(left) + 1);
    }
    if (unwritten != 0) {
      giveUp(unwritten);
    }
  }

  /** A handler died, or a debugger stopped it, in a record: those behind it come in a second. */
  private void giveUp(int signal) {
    block.writeOff(signal);
    deliverLost(signal);
    Log.warnLater(
        "a signal handler for "
            + Signal.of(signal)
            + " has not come back: its details are lost, and it is waited for no more");
  }

  /** Delivers occurrences that found the ring full: how many is all that is known. */
  void deliverLost(int signal) {
    long count = block.lost(signal) - lost[signal];
    if (count > 0 && current.isDone()) {
      lost[signal] += count;
      current.occurrence().setLost(signal, count);
      current.deliver();
    }
  }

  private void completeDrained() {
    if (!draining) {
      return;
    }
    draining = false; // before the look: a call that settles more sets it after that
    boolean left = true; // also where an error ends this, which is done again then
    try {
      left = drain.complete(this);
    } finally {
      if (left) {
        draining = true;
      }
    }
  }
}
