package org.sigqueue.jni;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.sigqueue.core.Loan;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.Note;

/** A thread that receives signals of the native source, and keeps them. */
final class ExclusiveReceiver implements AutoCloseable {
  static final int PID = (int) ProcessHandle.current().pid();

  final NativeSignalSource source = new NativeSignalSource();
  final SharedBlock block = source.block();
  private final Receiver role = block.queue().claim(new SigwaitStrategy());
  private final List<Occurrence> seen = new ArrayList<>(); // guarded by itself
  private final Thread thread = new Thread(this::receive, "receiver");
  private volatile int tid;
  private final AtomicReference<Runnable> next = new AtomicReference<>(() -> {});

  ExclusiveReceiver() {
    thread.start();
    await(() -> tid != 0);
  }

  private void receive() {
    OccurrenceRing ring = new OccurrenceRing(block);
    tid = Shim.gettid();
    try {
      while (!block.queue().isClosed()) {
        role.receiveSet(Note.FOREVER);
        for (Occurrence next = new Occurrence(); ring.poll(next); next = new Occurrence()) {
          synchronized (seen) {
            seen.add(next);
          }
        }
        next.getAndSet(() -> {}).run();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs something on the receiver, as an inline handler does, and waits for its end. */
  void run(Runnable task) {
    boolean[] done = new boolean[1];
    next.set(() -> {
      task.run();
      synchronized (done) {
        done[0] = true;
      }
    });
    block.queue().announce();
    await(() -> {
      synchronized (done) {
        return done[0];
      }
    });
  }

  Loan loan() {
    return role.loan();
  }

  int tid() {
    return tid;
  }

  List<Occurrence> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /** What holds the receiver up, while it has something to add. */
  Object lock() {
    return seen;
  }

  boolean isHeldUp() {
    return thread.getState() == Thread.State.BLOCKED;
  }

  void await(int count) {
    await(() -> seen().size() >= count);
  }

  static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) { // the deadline is the test's
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("the time is over");
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Receives a signal by the handler. */
  void install(int signal) {
    block.want(signal);
    source.install(signal);
  }

  /** Receives a signal exclusively. */
  void start(int... signals) {
    for (int signal : signals) {
      install(signal);
    }
    source.enterExclusive(SignalSet.of(signals));
  }

  void stop(int... signals) {
    source.leaveExclusive(SignalSet.of(signals));
    for (int signal : signals) {
      block.unwant(signal);
      source.restore(signal);
    }
  }

  void sendAndReceive(int signal) {
    int count = seen().size();
    source.sender().kill(PID, signal);
    await(count + 1);
  }

  /**
   * Waits until the private signals are given back: not at once if this thread is late to sleep.
   */
  void awaitNothingReserved() {
    await(() -> {
      source.leaveExclusive(SignalSet.EMPTY);
      return source.reserved().isEmpty();
    });
  }

  /** Waits until all threads have changed their masks, which on a busy machine takes its time. */
  void awaitNoTrouble() {
    await(() -> source.trouble() == null);
  }

  /** Ends the role, whatever is received. */
  void end() {
    block.queue().close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    role.close();
  }

  @Override
  public void close() {
    stop(block.wanted().toArray());
    end();
  }
}
