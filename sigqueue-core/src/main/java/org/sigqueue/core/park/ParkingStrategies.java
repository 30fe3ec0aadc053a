package org.sigqueue.core.park;

import java.util.Collections;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/** The parking strategies of this process, by name: the built-in ones and those of plugins. */
public final class ParkingStrategies {
  /** The system property that names the strategy to use where the program names none. */
  public static final String PROPERTY = "org.sigqueue.parking";

  /** Parks with {@link java.util.concurrent.locks.LockSupport}; Java code alone can wake it. */
  public static final ParkingStrategy PARK = new ParkStrategy();

  /** Never sleeps: lowest latency, burns a CPU. */
  public static final ParkingStrategy SPIN = new BusyStrategy("spin", false);

  /** Never sleeps, but yields. */
  public static final ParkingStrategy YIELD = new BusyStrategy("yield", true);

  /** Spins briefly where a CPU may be spare, then sleeps as suits the place of the words. */
  public static final ParkingStrategy ADAPTIVE = new AdaptiveStrategy();

  private ParkingStrategies() {}

  /**
   * All strategies by name, in the order of the names. Plugins are looked up with the class loader
   * of this library, anew at each call.
   *
   * @throws IllegalStateException if two strategies have the same name
   */
  public static SortedMap<String, ParkingStrategy> all() {
    SortedMap<String, ParkingStrategy> byName = new TreeMap<>();
    add(byName, PARK);
    add(byName, SPIN);
    add(byName, YIELD);
    add(byName, ADAPTIVE);
    // The loader of the SPI, not the thread's: a signal library belongs to the process, and what it
    // finds must not depend on which thread of which application asks first.
    for (ParkingStrategy plugin :
        ServiceLoader.load(ParkingStrategy.class, ParkingStrategy.class.getClassLoader())) {
      add(byName, plugin);
    }
    return Collections.unmodifiableSortedMap(byName);
  }

  /**
   * The strategy of this name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names there are
   */
  public static ParkingStrategy byName(String name) {
    SortedMap<String, ParkingStrategy> all = all();
    ParkingStrategy strategy = all.get(name);
    if (strategy == null) {
      throw new IllegalArgumentException(
          "no parking strategy is named '"
              + name
              + "'; there are: "
              + String.join(", ", all.keySet()));
    }
    return strategy;
  }

  /**
   * The strategy that {@link #PROPERTY} names; if it names none, {@code adaptive}.
   *
   * @throws IllegalArgumentException if the property names a strategy that does not exist
   */
  public static ParkingStrategy preferred() {
    String name = System.getProperty(PROPERTY);
    return name == null ? ADAPTIVE : byName(name);
  }

  private static void add(SortedMap<String, ParkingStrategy> byName, ParkingStrategy strategy) {
    ParkingStrategy other = byName.putIfAbsent(strategy.name(), strategy);
    if (other != null) {
      throw new IllegalStateException(
          "two parking strategies are named '"
              + strategy.name()
              + "': "
              + other.getClass().getName()
              + " and "
              + strategy.getClass().getName());
    }
  }
}
