package org.sigqueue.bench.jmh;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.park.ParkingStrategies;

/**
 * A way for any number of threads to tell one receiving thread that something has happened: the
 * engine, and the alternatives in Java.
 */
interface Handoff {
  /** The signal, or the value that stands for it. */
  int SIGNAL = 10;

  /** The capacity of the queues. */
  int CAPACITY = 1024;

  /** Tells the receiver; never blocks. */
  void send();

  /** Waits until a sender has sent, and takes it. */
  int receive() throws InterruptedException;

  /** Takes what a sender has sent; returns whether there was anything. */
  boolean poll();

  /** The handoff with this name. */
  static Handoff of(String name) {
    return switch (name) {
      case "mpsc" -> new Mpsc();
      case "array-blocking-queue" -> new Blocking(new ArrayBlockingQueue<>(CAPACITY));
      case "linked-transfer-queue" -> new Blocking(new LinkedTransferQueue<>());
      case "semaphore" -> new Permits();
      default -> new Engine(name);
    };
  }

  /** {@code sigqueue-STRATEGY}: the engine on words that C could share. */
  final class Engine implements Handoff {
    private final SignalQueue queue = SharedBlock.allocate(1).queue();
    private final Receiver receiver;

    Engine(String name) {
      String strategy = name.substring(name.indexOf('-') + 1);
      receiver = queue.claim(ParkingStrategies.byName(strategy));
    }

    @Override
    public void send() {
      queue.send(SIGNAL);
    }

    @Override
    public int receive() throws InterruptedException {
      return receiver.receive();
    }

    @Override
    public boolean poll() {
      return receiver.poll() != 0;
    }
  }

  /** A queue of JCTools with a consumer that parks. */
  final class Mpsc implements Handoff {
    private final MpscAtomicArrayQueue<Integer> queue = new MpscAtomicArrayQueue<>(CAPACITY);
    private volatile @Nullable Thread parked;

    @Override
    public void send() {
      queue.offer(SIGNAL);
      Thread waiting = parked;
      if (waiting != null) {
        LockSupport.unpark(waiting);
      }
    }

    @Override
    public int receive() {
      Integer got = queue.poll();
      if (got != null) {
        return got;
      }
      parked = Thread.currentThread();
      while ((got = queue.poll()) == null) {
        LockSupport.park(this);
      }
      parked = null;
      return got;
    }

    @Override
    public boolean poll() {
      return queue.poll() != null;
    }
  }

  /** A queue of java.util.concurrent. */
  final class Blocking implements Handoff {
    private final BlockingQueue<Integer> queue;

    Blocking(BlockingQueue<Integer> queue) {
      this.queue = queue;
    }

    @Override
    public void send() {
      queue.offer(SIGNAL);
    }

    @Override
    public int receive() throws InterruptedException {
      return queue.take();
    }

    @Override
    public boolean poll() {
      return queue.poll() != null;
    }
  }

  /** A semaphore: it counts, and carries nothing. */
  final class Permits implements Handoff {
    private final Semaphore permits = new Semaphore(0);

    @Override
    public void send() {
      permits.release();
    }

    @Override
    public int receive() throws InterruptedException {
      permits.acquire();
      return SIGNAL;
    }

    @Override
    public boolean poll() {
      return permits.tryAcquire();
    }
  }
}
