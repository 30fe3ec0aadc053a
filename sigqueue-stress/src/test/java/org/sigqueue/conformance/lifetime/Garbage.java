package org.sigqueue.conformance.lifetime;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sigqueue.conformance.Await;

/** Objects that must be collected once nothing of a test refers to them. Thread-safe. */
final class Garbage {
  private record Item(String what, WeakReference<Object> reference) {}

  private final List<Item> items = new ArrayList<>();

  /** Adds an object, which the caller must forget. */
  synchronized void add(String what, Object object) {
    items.add(new Item(what, new WeakReference<>(object)));
  }

  /** Waits until all were collected. */
  void awaitCollection() {
    Await.until(
        () -> "these are collected: " + left(),
        () -> {
          System.gc();
          return left().isEmpty();
        });
  }

  /** How many of each kind are reachable. */
  private synchronized Map<String, Integer> left() {
    Map<String, Integer> left = new TreeMap<>();
    for (Item item : items) {
      if (item.reference.get() != null) {
        left.merge(item.what, 1, Integer::sum);
      }
    }
    return left;
  }
}
