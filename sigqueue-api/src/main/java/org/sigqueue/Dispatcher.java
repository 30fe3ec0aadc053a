package org.sigqueue;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Note;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.ParkingStrategy;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.SignalSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that receives from a source and offers what it receives to those who are
 * registered. It takes no lock: it reads {@link Routes}, and is told by a queue which registrations
 * have to end.
 */
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
  private static final Registration[] NOBODY = {};
  private static final long ALL = -1; // signals

  private final SharedBlock block;
  private final Routes routes;
  private final Runnable withdraw;
  private final SignalQueue queue;
  private final Thread thread;

  /** Registrations that somebody waits to see drained. */
  private final ConcurrentLinkedQueue<Registration> draining = new ConcurrentLinkedQueue<>();

  private volatile @Nullable Throwable failure;

  // The rest belongs to the thread alone.
  private final OccurrenceRing ring;
  private final long[] taken = new long[SignalSet.MAX + 1]; // occurrences, with or without details
  private final long[] lost = new long[SignalSet.MAX + 1]; // those without
  private Delivery current = new Delivery();

  /**
   * Opens the queue over the block; nothing may be wanted yet.
   *
   * @param withdraw has nothing wanted any more; called by the thread if it fails
   */
  Dispatcher(SharedBlock block, ParkingStrategy parking, Routes routes, Runnable withdraw) {
    this.block = block;
    this.routes = routes;
    this.withdraw = withdraw;
    this.ring = new OccurrenceRing(block);
    this.queue = SignalQueue.over(block, parking);
    skipWhatNobodyWanted();
    this.thread =
        new Thread("sigqueue-dispatcher") {
          @Override
          public void run() {
            receive();
          }

          // Whoever interrupts all threads of a group does not mean this one.
          @Override
          public void interrupt() {}
        };
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Why the thread has ended before it was closed; null unless there is a bug. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Has a registration that is stopping completed when it is drained. Any thread. */
  void drain(Registration registration) {
    draining.add(registration);
    try {
      queue.announce();
    } finally { // a broken strategy may throw
      Throwable failed = failure; // after the add: one of the two sides completes it
      if (failed != null) {
        registration.drained.completeExceptionally(failed);
      }
    }
  }

  /** Waits until the registrations are drained. Any thread, also a callback on this one. */
  void await(List<Registration> ending) {
    if (Thread.currentThread() == thread && failure == null) {
      serveUntilDrained(ending);
    }
    for (Registration registration : ending) {
      registration.drained.join();
    }
  }

  /** Ends the thread, and waits for it unless it is the caller. Nothing may be wanted any more. */
  void close() {
    queue.close();
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What an earlier receiver on this block has left behind was not for us. */
  private void skipWhatNobodyWanted() {
    Occurrence left = new Occurrence();
    while (ring.poll(left)) {
      LOG.debug("{} was left by an earlier receiver", left.signal);
    }
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      taken[signal] = block.accepted(signal);
      lost[signal] = block.lost(signal);
    }
  }

  private void receive() {
    try {
      while (!queue.isClosed()) {
        serve(queue.receiveSet(Note.FOREVER));
      }
    } catch (InterruptedException | RuntimeException | Error e) {
      // A bug, here or in a parking strategy. Nobody may wait for this thread for ever.
      fail(e);
    }
  }

  /** What has failed may do so again, so no step depends on the one before. */
  private void fail(Throwable why) {
    failure = why;
    LOG.error("the signal dispatcher has failed; signals are no longer received", why);
    attempt(queue::close); // senders see that nobody receives
    for (Registration registration : draining) {
      registration.drained.completeExceptionally(why);
    }
    attempt(withdraw);
    attempt(this::deliverRest);
    for (Registration registration : routes.all().toList()) {
      routes.remove(registration); // who stops it later waits for nothing
      attempt(() -> registration.subscriber.fail(why));
    }
  }

  private static void attempt(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      LOG.error("a step at the end of the signal dispatcher has failed", e);
    }
  }

  /** Delivers what was accepted before signals were withdrawn. */
  private void deliverRest() {
    current.finish();
    deliver(ALL);
  }

  /**
   * Stop, called by a callback on this thread itself: nobody else can bring about what it waits
   * for. What is being delivered is delivered to the end first, so that all stays in order.
   */
  private void serveUntilDrained(List<Registration> ending) {
    Delivery interrupted = current;
    try {
      interrupted.finish();
      current = new Delivery();
      serve(0); // the announcement that all this depends on may be the one that is being served
      while (!ending.stream().allMatch(registration -> registration.drained.isDone())) {
        serve(queue.receiveSet(Note.FOREVER));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("the signal dispatcher was interrupted", e);
    } finally {
      current = interrupted;
    }
  }

  private void serve(long bits) {
    deliver(bits);
    completeDrained();
  }

  /** Delivers what is in the ring, and of these signals what has found it full. */
  private void deliver(long bits) {
    Occurrence occurrence = current.occurrence;
    // Bounded, so that a storm of one signal cannot delay the end of another's registration.
    int room = block.ringCapacity();
    while (room > 0 && ring.poll(occurrence)) {
      current.deliver();
      room--;
    }
    if (room == 0) {
      queue.announce(); // there may be more
    }
    for (long left = bits; left != 0; left &= left - 1) {
      deliverLost(Long.numberOfTrailingZeros(left) + 1);
    }
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

  private void completeDrained() {
    if (draining.isEmpty()) {
      return;
    }
    long awaited = 0;
    for (Registration registration : draining) {
      awaited |= SignalSet.bit(registration.signal);
    }
    block.setDraining(new SignalSet(awaited)); // then look at inFlight: see there
    for (Registration registration : draining) {
      int signal = registration.signal;
      if (!block.wanted().contains(signal) && block.inFlight(signal) == 0) {
        registration.endAt(block.accepted(signal));
      }
      deliverLost(signal);
      if (taken[signal] >= registration.end()) {
        draining.remove(registration);
        routes.remove(registration);
        registration.drained.complete(null);
      }
    }
  }

  /** One occurrence on its way to those who want it; reused for the next. */
  private final class Delivery implements Subscriber.Delivery {
    private final Occurrence occurrence = new Occurrence();
    private Registration[] targets = NOBODY;
    private int next;
    private long before; // how many of its signal were taken before this one
    private long covered;
    private @Nullable SignalEvent event;

    /** Counts the occurrence as taken and offers it to those who want it. */
    void deliver() {
      int signal = occurrence.signal;
      before = taken[signal];
      taken[signal] += occurrence.count;
      targets = routes.get(signal);
      Recorder.received(occurrence);
      next = 0;
      event = null;
      finish();
    }

    /** Offers it to those who are left. */
    void finish() {
      while (next < targets.length) {
        Registration registration = targets[next++];
        covered = registration.covered(before, before + occurrence.count);
        if (covered > 0) {
          boolean taken = registration.subscriber.offer(this, registration.tally);
          Recorder.offered(taken, occurrence.signal, covered, registration.subscriber);
        }
      }
    }

    @Override
    public Occurrence occurrence() {
      return occurrence;
    }

    @Override
    public SignalEvent event() {
      SignalEvent made = event;
      if (made == null) {
        made = SignalEvent.of(occurrence);
        event = made;
      }
      return made;
    }

    @Override
    public long count() {
      return covered;
    }
  }
}
