package org.sigqueue.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;

/**
 * What the rounds gave, case by case. Quantities of two cases are compared round by round, because
 * those were measured at about the same time.
 *
 * @param <T> what one run gives
 */
final class Runs<T> {
  private final Map<Case, List<T>> rounds = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  void add(Case each, T result) {
    rounds.computeIfAbsent(each, key -> new ArrayList<>()).add(result);
  }

  /** Takes a case out, with what it has given so far. */
  void fail(Case each, String failure) {
    rounds.remove(each);
    failures.add(failure);
  }

  /** What could not be measured, and why. */
  List<String> failures() {
    return failures;
  }

  void forEach(BiConsumer<Case, List<T>> action) {
    rounds.forEach(action);
  }

  /** The rounds of a case; none if it was not measured. */
  List<T> of(String peer, long at) {
    return rounds.entrySet().stream()
        .filter(entry -> entry.getKey().peer().label().equals(peer) && entry.getKey().at() == at)
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(List.of());
  }

  /** The spread of a quantity; empty if the case was not measured. */
  Optional<Spread> spread(String peer, long at, ToDoubleFunction<T> quantity) {
    List<T> own = of(peer, at);
    return own.isEmpty() ? Optional.empty() : Optional.of(spread(own, quantity));
  }

  /** The spread of the ratio of a quantity; empty if one of the two was not measured. */
  Optional<Spread> ratio(String peer, String to, long at, ToDoubleFunction<T> quantity) {
    List<T> own = of(peer, at);
    List<T> reference = of(to, at);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < Math.min(own.size(), reference.size()); round++) {
      ratios.add(
          quantity.applyAsDouble(own.get(round)) / quantity.applyAsDouble(reference.get(round)));
    }
    return ratios.isEmpty() ? Optional.empty() : Optional.of(Spread.of(ratios));
  }

  /** The spread of a quantity over rounds, of which there is at least one. */
  static <T> Spread spread(List<T> rounds, ToDoubleFunction<T> quantity) {
    return Spread.of(rounds.stream().mapToDouble(quantity).boxed().toList());
  }
}
