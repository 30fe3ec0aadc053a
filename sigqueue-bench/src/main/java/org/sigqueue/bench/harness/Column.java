package org.sigqueue.bench.harness;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Spread;

/**
 * One column of the results: a cell of the table, a field of the JSON, or both.
 *
 * @param header its name in the table; empty if it is not there
 * @param field its name in the JSON; empty if it is not there
 * @param decimals of a floating-point number in the table
 * @param value makes a string, a whole or a floating-point number of the runs of a case; null if it
 *     was not measured
 */
public record Column<T>(
    String header,
    String field,
    int decimals,
    BiFunction<Case, List<T>, ? extends @Nullable Object> value) {

  /** The median over the rounds. */
  public static <T> Column<T> median(
      String header, String field, int decimals, ToDoubleFunction<T> quantity) {
    return new Column<>(header, field, decimals, (each, own) -> Measurement.median(own, quantity));
  }

  /** The median over the rounds and its range, for people. */
  static <T> Column<T> spread(String header, int decimals, ToDoubleFunction<T> quantity) {
    return new Column<>(
        header, "", 0, (each, own) -> Table.spread(Measurement.spread(own, quantity), decimals));
  }

  /** The minimum over the rounds. */
  static <T> Column<T> min(
      String header, String field, int decimals, ToDoubleFunction<T> quantity) {
    return new Column<>(
        header,
        field,
        decimals,
        (each, own) -> Measurement.spread(own, quantity).map(Spread::min).orElse(null));
  }

  /** The maximum over the rounds. */
  static <T> Column<T> max(
      String header, String field, int decimals, ToDoubleFunction<T> quantity) {
    return new Column<>(
        header,
        field,
        decimals,
        (each, own) -> Measurement.spread(own, quantity).map(Spread::max).orElse(null));
  }

  /** The sum over the rounds. */
  static <T> Column<T> sum(
      String header, String field, int decimals, ToDoubleFunction<T> quantity) {
    return new Column<>(
        header, field, decimals, (each, own) -> own.stream().mapToDouble(quantity).sum());
  }

  /** The sum over the rounds of a whole number. */
  static <T> Column<T> count(String header, String field, ToDoubleFunction<T> quantity) {
    return new Column<>(
        header, field, 0, (each, own) -> Math.round(own.stream().mapToDouble(quantity).sum()));
  }

  /** A property of the case. */
  static <T> Column<T> ofCase(String header, String field, Function<Case, Object> property) {
    return new Column<>(header, field, 0, (each, own) -> property.apply(each));
  }

  /** The cell for people. */
  static String cell(@Nullable Object value, int decimals) {
    if (value instanceof Double number) {
      return Table.number(number, decimals);
    }
    return value == null ? Table.number(null, 0) : value.toString();
  }
}
