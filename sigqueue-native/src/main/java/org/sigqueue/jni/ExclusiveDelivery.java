package org.sigqueue.jni;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The exclusive delivery of the native source: the way in and the way out. Both go forward only. A
 * way in that fails becomes the way out, which goes as far as it can, in a second for both
 * together, and tells the rest.
 */
final class ExclusiveDelivery {
  private static final long WAY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RECEIVER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int MAX_FETCH = 512;

  private final SharedBlock block;
  private final PrivateSignals privateSignals;
  private final ThreadMasks masks;
  private final ReentrantLock lock = new ReentrantLock();

  // Changed under the lock.
  private boolean passedOn; // threads may block the wake signal: they may have passed it on
  private volatile long entered; // and not left; the receiver may have given up since
  private volatile @Nullable String trouble;
  private volatile List<ThreadLook> late =
      List.of(); // told in the latest change, without an answer

  ExclusiveDelivery(SignalSource source) {
    block = source.block();
    privateSignals = new PrivateSignals(source);
    masks = new ThreadMasks(block);
  }

  /** The signals that are taken for the purpose. Any thread; never blocks. */
  SignalSet reserved() {
    return privateSignals.taken();
  }

  /** See {@link SignalSource#trouble}. */
  @Nullable String trouble() {
    String breakdown = breakdown();
    if (breakdown != null) {
      return breakdown;
    }
    String told = trouble;
    return told != null ? told : late.isEmpty() ? strays() : silent();
  }

  private @Nullable String silent() {
    try {
      String silent = masks.describe(late);
      return silent.isEmpty()
          ? strays()
          : "threads have yet to change their masks, stopped or waiting for a device: " + silent;
    } catch (SignalSourceException e) {
      return e.getMessage(); // /proc cannot be read
    }
  }

  private @Nullable String strays() {
    SignalSet strays =
        SignalSet.of(
            block.exclusive().stream()
                .filter(signal -> signal >= PrivateSignals.FIRST_REAL_TIME)
                .filter(signal -> Shim.strays(signal) > 0)
                .toArray());
    return strays.isEmpty()
        ? null
        : "some signals of "
            + strays
            + " came by the handler, on threads with masks of their own, perhaps out of order";
  }

  /** Why nothing can be exclusive any more, for people. Null if all is well. */
  private @Nullable String breakdown() {
    String loss = privateSignals.loss();
    int refusal = Shim.waitRefusal();
    if (loss != null) {
      return loss;
    }
    return refusal != 0 && entered != 0
        ? "the kernel refuses to wait for signals: " + Shim.strerror(refusal)
        : null;
  }

  /** See {@link SignalSource#enterExclusive}. */
  void enter(SignalSet signals) {
    lock.lock();
    try {
      long deadlineNanos = System.nanoTime() + WAY_NANOS;
      boolean hadSome = entered != 0;
      String breakdown = leaveIfBrokenDown(deadlineNanos);
      if (breakdown != null && (hadSome || breakdown() != null)) {
        throw new SignalSourceException(breakdown, 0);
      }
      long fresh = signals.bits() & ~entered;
      if (fresh != 0) {
        enter(fresh, deadlineNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  private void enter(long signals, long deadlineNanos) {
    boolean isFirst = entered == 0;
    privateSignals.take();
    passedOn = true;
    masks.use(privateSignals.mask(), privateSignals.wake());
    try {
      List<ThreadLook> looks = masks.remember(signals, isFirst);
      entered |= signals;
      new SignalSet(signals).stream().forEach(ExclusiveDelivery::makeExclusive);
      late = masks.spread(looks, signals, deadlineNanos);
      new SignalSet(signals).stream().forEach(Shim::forgetStrays); // they came too early
      trouble = null;
    } catch (SignalSourceException e) {
      leave(signals & entered, deadlineNanos + WAY_NANOS);
      throw e;
    }
  }

  private static void makeExclusive(int signal) {
    int error = Shim.enter(signal);
    if (error == Shim.NO_RECEIVER) {
      throw new SignalSourceException(
          "signal "
              + signal
              + " cannot be exclusive: nobody waits in the kernel for it; receive with parking"
              + " strategy 'adaptive' or 'sigwait'",
          0);
    }
    if (error != 0) {
      throw new SignalSourceException(
          "signal " + signal + " cannot be exclusive: it has to reach other threads", error);
    }
  }

  /** See {@link SignalSource#leaveExclusive}. */
  void leave(SignalSet signals) {
    lock.lock();
    try {
      long deadlineNanos = System.nanoTime() + WAY_NANOS;
      leaveIfBrokenDown(deadlineNanos);
      if ((signals.bits() & entered) != 0) {
        leave(signals.bits() & entered, deadlineNanos);
      } else {
        giveBackIfIdle();
      }
    } finally {
      lock.unlock();
    }
  }

  /** If nothing can be exclusive any more, has all signals leave, and returns why. */
  private @Nullable String leaveIfBrokenDown(long deadlineNanos) {
    String breakdown = breakdown();
    if (breakdown == null) {
      return null;
    }
    SignalSet leaving = new SignalSet(entered);
    privateSignals.replaceMask(); // if it is lost: the threads have to be told
    masks.use(privateSignals.mask(), privateSignals.wake());
    leave(leaving.bits(), deadlineNanos);
    trouble = leaving + " come by the handler since: " + breakdown;
    return trouble;
  }

  private void leave(long signals, long deadlineNanos) {
    entered &= ~signals;
    boolean isLast = entered == 0;
    long shared = masks.ownOfAll();
    Shim.leave(signals);
    awaitReceiver(signals, isLast);
    trouble = null;
    try {
      late = masks.takeOff(isLast ? signals | passedOn() : signals, deadlineNanos);
    } catch (SignalSourceException e) {
      trouble = "threads still block " + new SignalSet(signals) + ": " + e.getMessage();
    }
    try {
      long pending = (signals & ~shared) | SignalSet.bit(privateSignals.mask());
      await(() -> (masks.sharedPending() & pending) == 0, deadlineNanos);
      if (isLast) {
        await(this::giveBack, System.nanoTime() + RECEIVER_NANOS);
      }
    } catch (SignalSourceException e) {
      trouble = e.getMessage(); // /proc cannot be read
    }
  }

  /** Lets the receiver take the pending signals, in their order, before others can. */
  private void awaitReceiver(long signals, boolean isLast) {
    long deadlineNanos = System.nanoTime() + RECEIVER_NANOS;
    if (!block.isSleeper(Shim.gettid())) {
      await(() -> (Shim.waited() & signals) == 0 && !(isLast && Shim.isInUse()), deadlineNanos);
      return;
    }
    while ((Shim.waited() & signals) != 0 && System.nanoTime() - deadlineNanos < 0) {
      Shim.sigwaitFetch(MAX_FETCH); // this thread is the receiver, awake
    }
    if (isLast) {
      Shim.sigwaitEnd();
    }
  }

  /** Called when the receiver has ended: the private signals may have been kept for it alone. */
  void tidy() {
    if (lock.tryLock()) { // the thread that has it does the same
      try {
        giveBackIfIdle();
      } finally {
        lock.unlock();
      }
    }
  }

  private void giveBackIfIdle() {
    try {
      if (entered == 0 && !privateSignals.taken().isEmpty()) {
        giveBack();
      }
    } catch (SignalSourceException e) {
      trouble = e.getMessage(); // /proc cannot be read
    }
  }

  private boolean giveBack() {
    if (passedOn && !Shim.isInUse()) {
      masks.takeOff(passedOn(), System.nanoTime() + RECEIVER_NANOS);
    }
    if (passedOn || !masks.isMaskSignalDone() || !privateSignals.giveBack()) {
      return false;
    }
    masks.forgetTold();
    return true;
  }

  /**
   * The wake signal, as a set, to be taken off the masks. Once it is in use no more, no thread that
   * was seen to blocks it again.
   */
  private long passedOn() {
    passedOn = Shim.isInUse();
    return SignalSet.bit(privateSignals.wake());
  }

  private static void await(BooleanSupplier condition, long deadlineNanos) {
    while (!condition.getAsBoolean() && System.nanoTime() - deadlineNanos < 0) {
      ThreadMasks.pause();
    }
  }

  /** See {@link org.sigqueue.core.source.ProcessControl#start}. */
  static Process start(ProcessBuilder builder) throws IOException {
    long takenOff = Shim.masksOff();
    try {
      return builder.start();
    } finally {
      Shim.masksOn(takenOff);
    }
  }
}
