package org.sigqueue.dispatch;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;

/**
 * The thread that receives from a source and offers what it receives to the routes. It is there
 * while anything is registered, and ends itself.
 *
 * <p>It takes no lock to deliver: it reads {@link Routes}, and a queue tells it which routes have
 * to be drained. Inline handlers are the only code of a user that it runs. An error costs one
 * subscriber one occurrence, which is counted as dropped; only an error of the receiver itself ends
 * the loop.
 */
final class DispatchLoop implements Runnable {
  private static final Log.FailureReport FAILURES =
      new Log.FailureReport("the delivery of a signal");
  private static final long ALL = -1; // signals
  private static final int QUIT = 3;
  private static final long EXIT_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long QUIESCENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long MEMORY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long RECORD_NANOS = TimeUnit.MILLISECONDS.toNanos(800); // see giveUp

  private final Hub hub;
  private final SharedBlock block;
  private final Routes routes;
  private final Receiver receiver;
  private final Thread thread;
  private final ExitHook exit = new ExitHook(this);

  /** Routes that a call waits to see drained. */
  private final ConcurrentLinkedQueue<Route> draining = new ConcurrentLinkedQueue<>();

  private volatile boolean failing;
  private volatile long inlineCall; // of a handler, by number; 0 while none runs

  // The rest belongs to the thread alone.
  private final OccurrenceRing ring;
  private final long[] dispatched = new long[SignalSet.MAX + 1]; // with or without details
  private final LoopMask masks;
  private final long[] lost = new long[SignalSet.MAX + 1]; // those of them without
  private long inlineCalls; // how many there were
  private Delivery current = new Delivery();

  /** Creates the loop. Nothing may be wanted yet. */
  DispatchLoop(Hub hub, SharedBlock block, Routes routes, Receiver receiver) {
    this.hub = hub;
    this.block = block;
    this.routes = routes;
    this.receiver = receiver;
    this.ring = new OccurrenceRing(block);
    this.masks = new LoopMask(hub.source(), hub.exclusive());
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

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  boolean isFailing() {
    return failing;
  }

  /** The number of the call of an inline handler that is running; 0 while none runs. */
  long inlineCall() {
    return inlineCall;
  }

  /** Whether an inline handler has called {@link System#exit}, which does not return. */
  boolean isExiting() {
    return inlineCall != 0 && Threads.isInExit(thread);
  }

  /** Waits for the end of the thread, for a second at most; whether it has ended. */
  boolean awaitEnd() {
    return Threads.awaitEnd(thread, TimeUnit.SECONDS.toNanos(1));
  }

  /** Completes a route that is stopping when it is drained. Any thread; never blocks. */
  void drain(Route route) {
    draining.add(route);
    wake();
  }

  /** Makes the loop look at what there is to do. Any thread; never blocks. */
  void wake() {
    block.queue().announce();
    LockSupport.unpark(thread); // while the JVM exits it is parked
  }

  /** What an earlier loop on this block has left behind was not meant for the routes to come. */
  private void skipLeftovers() {
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      long start = System.nanoTime();
      // A handler that is late, after a failure, has counted and not recorded yet.
      while (!block.isQuiescent(signal) && System.nanoTime() - start < QUIESCENCE_NANOS) {
        Thread.onSpinWait();
      }
    }
    while (ring.poll(current.occurrence) || ring.unblock(0) != 0) {} // nothing wants it
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      dispatched[signal] = block.accepted(signal);
      lost[signal] = block.lost(signal);
    }
  }

  @Override
  public void run() {
    try {
      while (!routes.isEmpty() || !hub.endIfIdle(this)) {
        masks.follow();
        serve(receive());
      }
    } catch (Throwable e) { // a bug, here or in a parking strategy
      failing = true;
      masks.end();
      hub.fail(this, e);
    } finally {
      exit.remove();
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
    }
  }

  /** Delivers what was accepted before signals were withdrawn. */
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
    long caller = inlineCall;
    try {
      interrupted.finish();
      current = new Delivery();
      serve(0); // the announcement that all this depends on may be the one that is being served
      for (Route route : stopping) {
        while (!route.isDrained()) {
          serve(receive());
        }
      }
    } finally {
      current = interrupted;
      inlineCall = caller;
    }
  }

  private void serve(long bits) {
    for (long due = bits; ; due = ALL) {
      try {
        deliver(due);
        completeDrained();
        return;
      } catch (OutOfMemoryError e) { // what is due then can be served again
        LockSupport.parkNanos(this, MEMORY_NANOS);
      }
    }
  }

  /** Delivers what is in the ring, and of these signals what has found it full. */
  private void deliver(long bits) {
    Occurrence occurrence = current.occurrence;
    int unwritten = ring.unblock(RECORD_NANOS);
    // Bounded, so that a storm of one signal cannot delay the end of another's route.
    int room = block.ringCapacity();
    while (room > 0 && ring.poll(occurrence)) {
      current.deliver();
      room--;
    }
    if (room == 0) {
      block.queue().announce(); // there may be more
    }
    for (long left = bits; left != 0; left &= left - 1) {
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
  private void deliverLost(int signal) {
    long count = block.lost(signal) - lost[signal];
    if (count > 0) {
      lost[signal] += count;
      current.occurrence.setLost(signal, count);
      current.deliver();
    }
  }

  /** Also true for a QUIT that an error keeps from being told apart: it costs that occurrence. */
  private static boolean isHandshake(long acceptedNanos) {
    try {
      return new AttachHandshake().isHandshake(acceptedNanos);
    } catch (Throwable e) { // no memory
      FAILURES.failed(e);
      return true;
    }
  }

  private void completeDrained() {
    if (draining.isEmpty()) {
      return;
    }
    long awaited = 0;
    for (Route route : draining) {
      awaited |= SignalSet.bit(route.signal);
    }
    block.setDraining(new SignalSet(awaited)); // then look whether it is quiescent: see there
    for (Route route : draining) {
      int signal = route.signal;
      if (route.hasOutlivedHandler() && !block.isQuiescent(signal)) {
        block.writeOff(signal); // so that the next one need not wait as long
      }
      if (!block.isWanted(signal) && block.isQuiescent(signal)) {
        route.endAt(block.accepted(signal));
      }
      deliverLost(signal);
      if (dispatched[signal] >= route.end() || route.isCut()) {
        routes.remove(route);
        route.setDrained();
        draining.remove(route); // last: where there is no memory, all this is done again
      }
    }
  }

  /** One occurrence on its way along its routes; reused for the next. */
  private final class Delivery implements Subscriber.Offer {
    private final Occurrence occurrence = new Occurrence();
    private final RecordedEvent view = RecordedEvent.view();
    private Route[] targets = Routes.NONE;
    private int next;
    private long before; // how many of its signal were dispatched before this one
    private long covered;
    private @Nullable RecordedEvent event;
    private Subscriber.Vote vote = PreviousAction.NONE;

    /** Counts the occurrence as dispatched and offers it along its routes. */
    void deliver() {
      int signal = occurrence.signal;
      before = dispatched[signal];
      dispatched[signal] += occurrence.count;
      targets = routes.get(signal);
      next = 0;
      JfrEvents.received(occurrence);
      if (signal == QUIT && isHandshake(occurrence.timeNanos)) {
        dropForAll(); // it is for the JVM, which has got it as well
      } else {
        offerToAll();
      }
      // Else a subscriber that has ended would stay reachable until the next signal.
      targets = Routes.NONE;
      event = null;
      vote = PreviousAction.NONE;
    }

    private void offerToAll() {
      try {
        vote =
            PreviousAction.vote(
                targets, before, before + occurrence.count, occurrence, hub.source());
      } catch (Throwable e) { // no memory: the observers get it, and the signal counts as handled
        FAILURES.failed(e);
      }
      finish();
    }

    private void dropForAll() {
      while (next < targets.length) {
        Route route = targets[next++];
        route.counter.drop(route.covered(before, before + occurrence.count));
      }
    }

    /** Offers it along the routes that are left. */
    void finish() {
      while (next < targets.length) {
        Route route = targets[next++];
        covered = route.covered(before, before + occurrence.count);
        if (covered > 0) {
          offer(route);
        }
      }
    }

    private void offer(Route route) {
      Subscriber subscriber = route.subscriber;
      boolean delivered = false;
      try {
        if (subscriber.isInline()) {
          inlineCall = ++inlineCalls; // volatile, before the look at the cut; see Route.cut
        }
        if (route.isCut()) {
          route.counter.drop(covered);
        } else {
          delivered = subscriber.offer(this, route.counter);
        }
      } catch (Throwable e) {
        route.counter.drop(covered);
        FAILURES.failed(e);
      } finally {
        if (subscriber.isInline()) {
          inlineCall = 0;
        }
        if (!delivered && subscriber.votes()) {
          vote.cast(false);
        }
        JfrEvents.offered(delivered, occurrence.signal, covered, subscriber);
      }
    }

    @Override
    public Occurrence occurrence() {
      return occurrence;
    }

    @Override
    public RecordedEvent view() {
      view.fill(occurrence, covered);
      return view;
    }

    @Override
    public RecordedEvent event() {
      RecordedEvent made = event;
      if (made == null) {
        made = RecordedEvent.of(occurrence, vote);
        event = made;
      }
      return made;
    }

    @Override
    public long count() {
      return covered;
    }

    @Override
    public Subscriber.Vote vote() {
      return vote;
    }
  }
}
