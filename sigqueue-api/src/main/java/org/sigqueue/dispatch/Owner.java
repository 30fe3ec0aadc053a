package org.sigqueue.dispatch;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;

/** A notifier, as its hub sees it: its options, and whether it still takes registrations. */
public final class Owner {
  private final @Nullable ParkingStrategy parking;
  private final SignalSet exclusive;
  private final boolean takeOverIgnored;
  private final @Nullable Consumer<? super Signal> onDisplaced;
  private volatile boolean closed;

  /**
   * Creates an owner.
   *
   * @param parking how the dispatcher waits; null to leave that to the hub
   * @param exclusive the signals to receive exclusively
   * @param takeOverIgnored whether to receive signals that were ignored when the process started
   * @param onDisplaced told on a thread of this library that somebody has replaced a handler
   */
  public Owner(
      @Nullable ParkingStrategy parking,
      SignalSet exclusive,
      boolean takeOverIgnored,
      @Nullable Consumer<? super Signal> onDisplaced) {
    this.parking = parking;
    this.exclusive = exclusive;
    this.takeOverIgnored = takeOverIgnored;
    this.onDisplaced = onDisplaced;
  }

  /** The strategy that was asked for; null if none was. */
  @Nullable ParkingStrategy requestedParking() {
    return parking;
  }

  /** The strategy to park with. */
  public ParkingStrategy parking() {
    return parking == null ? ParkingStrategies.preferred() : parking;
  }

  SignalSet exclusive() {
    return exclusive;
  }

  boolean takesOverIgnored() {
    return takeOverIgnored;
  }

  @Nullable Consumer<? super Signal> onDisplaced() {
    return onDisplaced;
  }

  /** Refuses registrations from now on; {@link Hub#end(Owner)} comes after this. */
  public void close() {
    closed = true;
  }

  /** Whether registrations are refused. */
  public boolean isClosed() {
    return closed;
  }
}
