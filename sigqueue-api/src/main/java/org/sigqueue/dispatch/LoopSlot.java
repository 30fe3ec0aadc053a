package org.sigqueue.dispatch;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/**
 * The place of a hub's one dispatch loop, empty while nothing is registered. Callers of what
 * changes it must hold the hub's lock.
 */
final class LoopSlot {
  /** The hubs that have a dispatch loop: where a channel that is closed may be registered. */
  static final Set<Hub> RUNNING = ConcurrentHashMap.newKeySet();

  private final Hub hub;
  private final SignalSource source;
  private final SharedBlock block;
  private final Routes routes;
  private final Drain drain;
  private volatile @Nullable DispatchLoop loop;
  private volatile @Nullable ParkingStrategy parking; // the loop's

  LoopSlot(Hub hub, SignalSource source, Routes routes, Drain drain) {
    this.hub = hub;
    this.source = source;
    this.block = source.block();
    this.routes = routes;
    this.drain = drain;
  }

  /** The loop; null if there is none. Any thread. */
  @Nullable DispatchLoop get() {
    return loop;
  }

  /** Whether the loop has failed, and still completes its routes. */
  boolean isFailing() {
    DispatchLoop running = loop;
    return running != null && running.isFailing();
  }

  /**
   * Starts the loop unless it runs. It is visible when it has started, and else leaves no trace.
   */
  void start(Owner owner) {
    if (loop != null) {
      refuseOtherParking(owner);
      return;
    }
    ParkingStrategy strategy = owner.parking();
    Receiver receiver = block.queue().claim(strategy);
    try {
      DispatchLoop created = new DispatchLoop(hub, block, routes, drain, receiver);
      RUNNING.add(hub);
      created.start(); // its first step needs the lock
      loop = created;
      parking = strategy;
    } catch (Throwable e) {
      RUNNING.remove(hub);
      receiver.close();
      throw new SignalSourceException("the dispatcher cannot be started: " + e, e);
    }
  }

  /** Gives a subscriber the lending of the loop that serves it. The loop must run. */
  void lendTo(Subscriber subscriber) {
    DispatchLoop running = loop;
    if (running != null) {
      subscriber.dispatchedBy(running.lending());
    }
  }

  /** Ends the loop's receiver and empties the slot, on the loop's own thread. */
  void clear(DispatchLoop ending) {
    try {
      ending.receiver().close();
    } finally {
      if (loop == ending) { // not the next one, where this is called again
        RUNNING.remove(hub);
        loop = null;
      }
    }
  }

  /** A loop that is about to end, without the strategy that is asked for; null if there is none. */
  @Nullable DispatchLoop endingWithOtherParking(Owner owner) {
    DispatchLoop running = loop;
    boolean ending = running != null && routes.allStop() && !running.isCurrentThread();
    return ending && parksOtherwise(owner) ? running : null;
  }

  /** Refuses an owner that asks for another parking strategy than registrations have. */
  void checkParking(Owner owner) {
    if (!routes.allStop()) {
      refuseOtherParking(owner);
    }
  }

  private boolean parksOtherwise(Owner owner) {
    ParkingStrategy requested = owner.requestedParking();
    ParkingStrategy used = parking;
    return loop != null && requested != null && used != null && !isSame(requested, used);
  }

  /** Looking a plugin up makes an object each time. */
  private static boolean isSame(ParkingStrategy one, ParkingStrategy other) {
    return one.equals(other)
        || (one.getClass().equals(other.getClass()) && one.name().equals(other.name()));
  }

  void refuseOtherParking(Owner owner) {
    ParkingStrategy used = parking;
    if (used != null && parksOtherwise(owner)) {
      throw new IllegalStateException(
          "the source '"
              + source.name()
              + "' is in use with parking strategy '"
              + used.name()
              + "'");
    }
  }
}
