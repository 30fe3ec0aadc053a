package org.sigqueue.dispatch;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Loan;
import org.sigqueue.core.source.SignalSource;

/**
 * The loan of the dispatch loop's role to a thread that waits in a channel, while the loop sleeps:
 * the next signal wakes that thread alone. It serves once, what there is for everybody, and gives
 * the role back: asleep if nothing is left to do, else to a loop that it wakes.
 *
 * <p>The loop alone runs code of users, follows masks, completes drains, and waits in Java while
 * the JVM exits. So a loan ends awake where one of these is due. Each is asked for by a change of a
 * word, and an announcement after that: either the borrower sees the change when it has the role,
 * or the announcement keeps the loop from being left asleep.
 */
final class Lending {
  private final DispatchLoop loop;
  private final Loan loan;
  private final Routes routes;
  private final ExitHook exit;
  private final SignalSource source;
  private final LoanBackoff backoff = new LoanBackoff();

  private volatile Stack stack = Stack.UNKNOWN; // of the thread that asked last

  Lending(DispatchLoop loop, Loan loan, Routes routes, ExitHook exit, SignalSource source) {
    this.loop = loop;
    this.loan = loan;
    this.routes = routes;
    this.exit = exit;
    this.source = source;
  }

  /**
   * Whether the role may be lent. It is not while the JVM exits, which waits for threads in native
   * code; nor while inline handlers are registered, which need the loop.
   */
  boolean isOpen() {
    return !exit.isExiting() && !routes.hasInline();
  }

  /**
   * Waits as the borrower of the role, and serves the announcement that has ended the wait. Only
   * platform threads borrow: a wait in the kernel would pin a carrier; and only those that have
   * enough stack, as an overflow in the midst of serving could cost others their signals.
   *
   * @param news whether there is a reason not to wait; asked after the role is lent, and includes
   *     that {@link #isOpen} has become false
   * @return false if nothing was lent, and it did not wait
   */
  boolean borrow(long timeoutNanos, BooleanSupplier news) throws InterruptedException {
    long asked = System.nanoTime();
    if (backoff.isOn(asked) || !isOpen() || !isPlatformThreadWithStack()) {
      return false;
    }
    Loan.Result result;
    try {
      result = loan.borrow(timeoutNanos, news);
    } catch (RuntimeException
        | Error e) { // of the parking strategy, which the loop's own wait tells
      return false;
    }
    if (result == Loan.Result.ROLE) {
      serve(asked);
    }
    return result != Loan.Result.REFUSED;
  }

  /**
   * Whether the calling thread may borrow. The one that asks again and again is told at once. Stack
   * comes first: if the first look for virtual threads met the end of one, none could be made
   * after.
   */
  private boolean isPlatformThreadWithStack() {
    Thread thread = Thread.currentThread();
    Stack known = stack;
    boolean isKnown = known.owner.refersTo(thread);
    long found = Threads.findStack(source, isKnown ? known.found : 0);
    if (found == 0 || (!isKnown && Platform.isVirtual(thread))) {
      return false;
    }
    if (!isKnown || found != known.found) {
      stack = new Stack(new WeakReference<>(thread), found);
    }
    return true;
  }

  private void serve(long asked) {
    boolean isServed = false;
    try {
      isServed = loop.serveBorrowed(loan.take());
      backoff.count(asked, loop.dispatched());
    } catch (Throwable e) { // no memory, or no stack after all: the loop serves what is left
    } finally {
      loan.giveBack(isServed);
    }
  }

  /** The times at which nothing is lent. For tests. */
  LoanBackoff backoff() {
    return backoff;
  }

  /** Ends the wait of the borrower, if there is one. Any thread; never blocks. */
  void recall() {
    loan.recall();
  }

  /** What a platform thread has found of its stack. */
  private static final class Stack {
    static final Stack UNKNOWN = new Stack(new WeakReference<>(null), 0);

    final WeakReference<Thread> owner;
    final long found; // by SignalSource.findStack

    Stack(WeakReference<Thread> owner, long found) {
      this.owner = owner;
      this.found = found;
    }
  }

  /** Apart, so that it is looked up when a thread waits for the first time. */
  private static final class Platform {
    private static final @Nullable MethodHandle IS_VIRTUAL = find();

    private static @Nullable MethodHandle find() {
      try {
        return MethodHandles.publicLookup()
            .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
      } catch (ReflectiveOperationException e) { // before JDK 21 there are none
        return null;
      }
    }

    static boolean isVirtual(Thread thread) {
      MethodHandle isVirtual = IS_VIRTUAL;
      if (isVirtual == null) {
        return false;
      }
      try {
        return (boolean) isVirtual.invokeExact(thread);
      } catch (Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError("it throws nothing", e);
      }
    }
  }
}
