package org.sigqueue.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;

/**
 * The owner of all that is between one source and its subscribers: the list of routes, the
 * receiver, and the thread of the dispatch loop, which are there while anything is registered.
 *
 * <p>The lock guards changes, and nothing slow happens under it: no wait, no logging, no code of a
 * user, no walk over threads. A call that ends something waits for the dispatch loop after it has
 * released the lock, so callbacks may call every method.
 */
public final class Hub {
  private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final SignalSource source;
  private final SharedBlock block;
  private final Routes routes = new Routes();
  private final ReentrantLock lock = new ReentrantLock();
  private final ExclusiveSignals exclusive;
  private final Dispositions dispositions; // guarded by the lock
  private final LoopSlot loop;
  private final Drain drain;

  private Hub(SignalSource source) {
    this.source = source;
    this.block = source.block();
    this.exclusive = new ExclusiveSignals(source, routes);
    this.dispositions = new Dispositions(source, routes);
    this.drain = new Drain(block, routes);
    this.loop = new LoopSlot(this, source, routes, drain);
  }

  /**
   * The one hub over the block of a source.
   *
   * @throws IllegalStateException if another copy of this library uses the block
   */
  public static Hub of(SignalSource source) {
    SharedBlock block = source.block();
    if (block.attachment() == null) {
      block.attach(new Hub(source));
    }
    Object attached = block.attachment();
    if (attached instanceof Hub hub) {
      return hub;
    }
    throw new IllegalStateException(
        "the source '"
            + source.name()
            + "' is in use by another copy of sigqueue-api: "
            + attached);
  }

  /** The source of the signals. */
  public SignalSource source() {
    return source;
  }

  ExclusiveSignals exclusive() {
    return exclusive;
  }

  /** What has replaced the handler of a signal, for people; null if nothing. Asks the system. */
  public @Nullable String displacement(int signal) {
    Threads.requireStack(source);
    Disposition now;
    lock.lock();
    try {
      now = dispositions.displacement(signal);
    } finally {
      lock.unlock();
    }
    return now == null ? null : dispositions.describe(now);
  }

  /**
   * Registers a subscriber for signals that the policy allows: all of them, or none. Signals that
   * were ignored when the process started stay ignored, unless the owner takes them over.
   */
  public Registration register(Owner owner, Subscriber subscriber, SignalSet signals) {
    Threads.requireStack(source);
    HubRegistration registration = new HubRegistration(this, owner, subscriber, signals);
    for (; ; ) {
      List<Route> unsettled;
      DispatchLoop idle;
      boolean failed = true;
      lock.lock();
      try {
        checkOpen(owner, subscriber);
        unsettled = routes.unsettled(signals, loop.isFailing());
        idle = loop.endingWithOtherParking(owner);
        boolean isReady = idle == null && unsettled.isEmpty();
        if (isReady) {
          addAll(registration, signals);
        }
        failed = false;
        if (isReady) {
          break;
        }
      } finally {
        lock.unlock();
        if (failed) {
          settleStopped();
        }
      }
      // Without the lock: a callback may be what this waits for.
      if (idle != null && !idle.awaitEnd()) {
        loop.refuseOtherParking(owner);
      } else {
        drain.await(unsettled, loop.get());
      }
    }
    try {
      exclusive.enter(owner.exclusive().intersection(signals));
      exclusive.tellOfOrder(subscriber, signals);
    } catch (Throwable e) { // nobody gets the handle
      registration.close();
      throw e;
    }
    return registration;
  }

  private static void checkOpen(Owner owner, Subscriber subscriber) {
    RuntimeException refusal = subscriber.refusal();
    if (refusal != null) {
      throw refusal;
    }
    if (owner.isClosed()) {
      throw new IllegalStateException("the notifier is closed");
    }
  }

  private void addAll(HubRegistration registration, SignalSet signals) {
    try {
      for (int signal : signals.toArray()) {
        boolean first = !isWanted(signal);
        Route route = routes.live(registration.subscriber, signal);
        if (route == null) {
          addRoute(registration, signal);
        } else {
          route.holders.add(registration);
        }
        dispositions.install(signal, first, registration);
        if (source.isSubjectToMasks()) {
          block.queue().announce(); // the loop unblocks what the process was started to block
        }
      }
      // A channel that is closed looks for its hubs without a lock: it has found this one, or this.
      checkOpen(registration.owner, registration.subscriber);
    } catch (Throwable e) {
      routes.stopHeldBy(registration);
      throw e;
    }
  }

  private void addRoute(HubRegistration registration, int signal) {
    loop.start(registration.owner);
    Route route = new Route(registration.subscriber, signal, block.accepted(signal));
    route.holders.add(registration);
    loop.lendTo(route.subscriber);
    routes.add(route);
    block.want(signal);
  }

  /** Refuses an owner that asks for another parking strategy than registrations have. */
  public void checkParking(Owner owner) {
    loop.checkParking(owner);
  }

  /** Ends the loop, on its own thread, if nothing is registered. */
  boolean endIfIdle(DispatchLoop idle) {
    lock.lock();
    try {
      if (routes.isEmpty()) {
        loop.clear(idle);
        return true;
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives all signals back to their previous actions, because the loop has failed; returns all
   * routes. On its thread; may be called again. Until {@link #forget} nothing is registered.
   */
  List<Route> withdraw() {
    lock.lock();
    try {
      List<Route> all = routes.all();
      for (Route route : all) {
        route.stop();
        block.unwant(route.signal);
        dispositions.restore(route.signal);
        route.endAt(block.accepted(route.signal));
      }
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a loop that has failed, and its routes. On its thread; may be called again. */
  void forget(DispatchLoop failed, List<Route> all) {
    lock.lock();
    try {
      all.forEach(routes::remove);
      loop.clear(failed);
    } finally {
      lock.unlock();
    }
  }

  /** Ends a registration for these of its signals. See {@link Registration#close()}. */
  void end(HubRegistration registration, SignalSet signals) {
    end((route, holder) -> holder.equals(registration) && signals.contains(route.signal));
  }

  /** Ends all registrations of an owner, which refuses new ones already. */
  public void end(Owner owner) {
    Set<Subscriber> subscribers = new LinkedHashSet<>();
    end((route, holder) -> {
      if (holder.owner.equals(owner)) {
        subscribers.add(holder.subscriber);
      }
      return holder.owner.equals(owner);
    });
    subscribers.forEach(Subscriber::shut);
  }

  /** Ends the registrations of a subscriber for these signals, at this source. */
  public void end(Subscriber subscriber, SignalSet signals) {
    end((route, holder) -> route.subscriber.equals(subscriber) && signals.contains(route.signal));
  }

  /** Ends all registrations of a subscriber, at every source; it refuses new ones already. */
  public static void endEverywhere(Subscriber subscriber) {
    for (Hub hub : LoopSlot.RUNNING) {
      hub.end(subscriber, new SignalSet(-1));
    }
  }

  /** Makes the process ignore signals, and ends their registrations, in one step. */
  public void ignore(SignalSet signals) {
    Threads.requireStack(source);
    List<Route> stopped;
    lock.lock();
    try {
      dispositions.ignore(signals); // first: a late handler must find what to do
      stopped = stop((route, holder) -> signals.contains(route.signal), false);
    } finally {
      lock.unlock();
    }
    finish(stopped);
  }

  /** Puts the dispositions of signals back to what they were, and ends their registrations. */
  public void reset(SignalSet signals) {
    Threads.requireStack(source);
    lock.lock();
    try {
      for (int signal : signals.toArray()) {
        if (!routes.isHeld(signal) && SignalPolicy.refusal(Signal.of(signal), source) == null) {
          dispositions.restore(signal);
        }
      }
    } finally {
      lock.unlock();
    }
    end((route, holder) -> signals.contains(route.signal));
  }

  /** Stops the routes that lose their last holder, and waits until they are drained. */
  private void end(BiPredicate<Route, HubRegistration> ends) {
    Threads.requireStack(source);
    List<Route> stopped;
    lock.lock();
    try {
      stopped = stop(ends, true);
    } finally {
      lock.unlock();
    }
    finish(stopped);
  }

  /**
   * Stops the routes that lose their last holder, and returns them with those that were stopping.
   * An error has either stopped nothing, or all.
   */
  private List<Route> stop(BiPredicate<Route, HubRegistration> ends, boolean restores) {
    List<Route> stopped = new ArrayList<>();
    for (Route route : routes.all()) {
      List<HubRegistration> staying = new ArrayList<>(route.holders);
      if (!staying.removeIf(holder -> ends.test(route, holder))) {
        continue;
      }
      if (!staying.isEmpty() && !route.isStopping()) {
        route.holders.retainAll(staying);
      } else {
        stopped.add(route);
      }
    }
    for (Route route : stopped) {
      route.restores &= restores;
      route.stop();
    }
    return stopped;
  }

  /** Also finishes what an error has kept another call from finishing. */
  private void finish(List<Route> stopped) {
    if (!stopped.isEmpty()) {
      settleStopped();
      drain.await(stopped, loop.get());
    }
  }

  /** Settles all routes that are stopping, of this call and of others. */
  private void settleStopped() {
    try {
      lockOnceLeft();
    } finally {
      try {
        for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
          for (Route route : routes.get(signal)) {
            settle(route);
          }
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Acquires the lock, whatever happens, once no signal that has lost its last subscriber reaches
   * the process: another call may stop one while this one waits. While senders still accept it:
   * what is pending in the kernel is delivered. After a second, does not wait for that.
   */
  private void lockOnceLeft() {
    long start = System.nanoTime();
    for (boolean left = false; !left; ) {
      try {
        exclusive.leaveUnwanted();
      } finally {
        lock.lock();
      }
      left = exclusive.hasLeftUnwanted() || System.nanoTime() - start > LEAVE_NANOS;
      if (!left) {
        lock.unlock();
      }
    }
  }

  /**
   * Decides where a route that is stopping ends, or has the loop decide, which then drains it.
   * Once; makes no object.
   */
  private void settle(Route route) {
    if (!route.isStopping() || route.isSettled()) {
      return;
    }
    int signal = route.signal;
    if (isWanted(signal)) {
      route.endAt(block.accepted(signal));
    } else {
      // Handlers that enter from now on take the previous action; those inside may still accept.
      block.unwant(signal);
      if (route.restores) {
        dispositions.restore(signal);
      }
      exclusive.forget(signal);
    }
    route.settle();
    DispatchLoop running = loop.get();
    if (running != null) {
      running.drain();
    } // else the loop has failed and completes it
  }

  /** Whether a subscriber wants a signal of this source. */
  public boolean isWanted(int signal) {
    return routes.isWanted(signal);
  }
}
