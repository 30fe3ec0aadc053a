package org.sigqueue.bench;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;

/**
 * What a Java program could use to tell one thread that something has happened: the engine, and
 * what there is instead of it. Many senders, one receiver.
 */
interface Exchange {
  /** The signal, or whatever stands for it. */
  int SIGNAL = 10;

  /** How much the queues hold. */
  int CAPACITY = 1024;

  /** Tells the receiver; never waits. */
  void send();

  /** Waits for news. */
  int receive() throws InterruptedException;

  /** Whether there is news, which is taken. */
  boolean poll();

  /** The exchange of this name. */
  static Exchange of(String name) {
    return switch (name) {
      case "mpsc" -> new Mpsc();
      case "array-blocking-queue" -> new Blocking(new ArrayBlockingQueue<>(CAPACITY));
      case "linked-transfer-queue" -> new Blocking(new LinkedTransferQueue<>());
      case "semaphore" -> new Permits();
      default -> new Engine(name);
    };
  }

  /** {@code sigqueue-STRATEGY}: over words that C could share. */
  final class Engine implements Exchange {
    private final SignalQueue queue;

    Engine(String name) {
      String strategy = name.substring(name.indexOf('-') + 1);
      queue = SignalQueue.over(SharedBlock.allocate(1), ParkingStrategies.byName(strategy));
    }

    @Override
    public void send() {
      queue.send(SIGNAL);
    }

    @Override
    public int receive() throws InterruptedException {
      return queue.receive();
    }

    @Override
    public boolean poll() {
      return queue.poll() != 0;
    }
  }

  /** A queue of JCTools, whose consumer parks. */
  final class Mpsc implements Exchange {
    private final MpscVarHandleArrayQueue<Integer> queue = new MpscVarHandleArrayQueue<>(CAPACITY);
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
  final class Blocking implements Exchange {
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

  /** A semaphore: it counts, and says no more. */
  final class Permits implements Exchange {
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
