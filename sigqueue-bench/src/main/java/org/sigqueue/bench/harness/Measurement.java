package org.sigqueue.bench.harness;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The runs of a measurement, case by case and round by round, and what they amount to: rows,
 * ratios, a table and JSON.
 *
 * <p>A quantity of a run is NaN if the run did not measure it. Two cases are compared round by
 * round, because the runs of a round took place at about the same time. Not thread-safe.
 *
 * @param <T> the result of one run
 */
public final class Measurement<T> {
  private static final Gson GSON = new GsonBuilder().serializeNulls().setPrettyPrinting().create();

  /**
   * The unit that runs once in each round.
   *
   * @param peer the program
   * @param x the pace in microseconds, the number of workers, or whatever else the measurement
   *     varies as a number; 0 if nothing
   * @param condition the difference from other cases of the same peer; empty if there is none
   */
  public record Case(Peer peer, long x, String condition) {
    /** A case of a measurement that varies the peer and a number. */
    public Case(Peer peer, long x) {
      this(peer, x, "");
    }

    private boolean is(String label, long otherX, String otherCondition) {
      return peer.label().equals(label) && x == otherX && condition.equals(otherCondition);
    }
  }

  /** The values that several rounds gave for one quantity. */
  public record Spread(double median, double min, double max) {
    /** The spread of these values without NaN; empty if none is left. */
    static Optional<Spread> of(Collection<Double> values) {
      double[] sorted =
          values.stream()
              .mapToDouble(Double::doubleValue)
              .filter(value -> !Double.isNaN(value))
              .sorted()
              .toArray();
      int middle = sorted.length / 2;
      return sorted.length == 0
          ? Optional.empty()
          : Optional.of(
              new Spread(
                  sorted.length % 2 == 1
                      ? sorted[middle]
                      : mean(sorted[middle - 1], sorted[middle]),
                  sorted[0],
                  sorted[sorted.length - 1]));
    }

    private static double mean(double one, double other) {
      return (one + other) / 2;
    }
  }

  /**
   * How many rounds there are.
   *
   * @param progress gets one line for each run
   */
  public record Rounds(int count, PrintWriter progress) {}

  /**
   * A quantity that is divided by that of other peers, and by that of the same peer from an older
   * build if it was measured.
   *
   * @param header its name in the table
   * @param field its name in the JSON
   */
  record Comparison<T>(
      String header, String field, ToDoubleFunction<T> quantity, List<String> references) {}

  private record Ratio(
      String peer,
      long at,
      String condition,
      String to,
      String what,
      double median,
      double min,
      double max) {}

  private record Document(
      List<Map<String, @Nullable Object>> rows,
      List<Ratio> ratios,
      List<String> notes,
      List<String> failures) {}

  private final Map<Case, List<T>> runs = new LinkedHashMap<>();
  private final List<Map<String, @Nullable Object>> rows = new ArrayList<>();
  private final List<Ratio> ratios = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private Table table = new Table(List.of());

  /** Creates a measurement without runs. */
  public Measurement() {}

  /**
   * Runs each case once in each round, so that a change of the machine's load affects all of them.
   * A case that fails does not run again.
   *
   * @param label a case for people
   * @param trial runs a case
   * @param summary the result of a run for people
   */
  static <T> Measurement<T> run(
      Rounds rounds,
      List<Case> cases,
      Function<Case, String> label,
      Function<Case, T> trial,
      Function<T, String> summary) {
    Measurement<T> measurement = new Measurement<>();
    Set<Case> failed = new HashSet<>();
    int done = 0;
    for (int round = 1; round <= rounds.count(); round++) {
      for (Case each : cases) {
        done++;
        if (failed.contains(each)) {
          continue;
        }
        String what;
        try {
          T result = trial.apply(each);
          measurement.add(each, result);
          what = summary.apply(result);
        } catch (HarnessException e) {
          what = String.valueOf(e.getMessage());
          failed.add(each);
          measurement.runs.remove(each);
          measurement.failures.add(label.apply(each) + ": " + what);
        }
        rounds
            .progress()
            .printf(
                Locale.ROOT,
                "[%d/%d] round %d: %s: %s%n",
                done,
                cases.size() * rounds.count(),
                round,
                label.apply(each),
                what);
        rounds.progress().flush();
      }
    }
    return measurement;
  }

  /** Adds a run of a case. */
  public void add(Case each, T run) {
    runs.computeIfAbsent(each, key -> new ArrayList<>()).add(run);
  }

  /**
   * Makes the rows and the table, with a row for each case. Its first column is the peer's label;
   * the last ones are the ratios to the references that were measured. The JSON has the peer's name
   * and delivery, and the number of rounds.
   *
   * @param first the header of the first column
   */
  void tabulate(String first, List<Column<T>> columns, Comparison<T> comparison) {
    boolean withOld =
        runs.keySet().stream()
            .anyMatch(each -> !of(each.peer().oldLabel(), each.x(), each.condition()).isEmpty());
    List<String> references =
        comparison.references().stream()
            .filter(to -> runs.keySet().stream().anyMatch(each -> each.peer().label().equals(to)))
            .toList();
    List<Column<T>> shown = columns.stream().filter(each -> !each.header().isEmpty()).toList();
    List<String> headers = new ArrayList<>(List.of(first));
    shown.forEach(column -> headers.add(column.header()));
    references.forEach(to -> headers.add(comparison.header() + " / " + to));
    if (withOld) {
      headers.add(comparison.header() + " / old");
    }
    table = new Table(headers);
    runs.forEach((each, own) -> {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      row.put("peer", each.peer().name());
      row.put("delivery", each.peer().delivery());
      row.put("rounds", own.size());
      columns.stream()
          .filter(column -> !column.field().isEmpty())
          .forEach(column -> row.put(column.field(), column.value().apply(each, own)));
      rows.add(row);
      List<String> cells = new ArrayList<>(List.of(each.peer().label()));
      shown.forEach(
          column -> cells.add(Column.cell(column.value().apply(each, own), column.decimals())));
      references.forEach(to -> cells.add(Table.spread(ratio(each, to, comparison), 2)));
      if (withOld) {
        cells.add(Table.spread(ratio(each, each.peer().oldLabel(), comparison), 2));
      }
      table.add(cells);
    });
  }

  /** Makes the rows and the table, without ratios. */
  public void tabulate(String first, List<Column<T>> columns) {
    tabulate(first, columns, new Comparison<>("", "", run -> Double.NaN, List.of()));
  }

  private Optional<Spread> ratio(Case each, String to, Comparison<T> comparison) {
    Optional<Spread> ratio =
        compare(
            runs.getOrDefault(each, List.of()),
            of(to, each.x(), each.condition()),
            comparison.quantity(),
            (own, other) -> own / other);
    ratio.ifPresent(spread ->
        ratios.add(
            new Ratio(
                each.peer().label(),
                each.x(),
                each.condition(),
                to,
                comparison.field(),
                spread.median(),
                spread.min(),
                spread.max())));
    return ratio;
  }

  /** Adds a remark for the reader of the results. */
  public void note(String note) {
    notes.add(note);
  }

  /** Adds something that should have been measured and was not. */
  public void fail(String failure) {
    failures.add(failure);
  }

  /** The remarks for the reader. */
  public List<String> notes() {
    return notes;
  }

  /** The cases that could not be measured, and why. */
  public List<String> failures() {
    return failures;
  }

  /** The rows for people. */
  public Table table() {
    return table;
  }

  /** The results for programs: {@code {"rows":[…],"ratios":[…],"notes":[…],"failures":[…]}}. */
  String json() {
    return GSON.toJson(new Document(rows, ratios, notes, failures)) + "\n";
  }

  /** Calls the action with each case and its runs, of which there is at least one. */
  public void forEach(BiConsumer<Case, List<T>> action) {
    runs.forEach(action);
  }

  /** The runs of a case; none if it was not measured. */
  public List<T> of(String label, long x, String condition) {
    return runs.entrySet().stream()
        .filter(entry -> entry.getKey().is(label, x, condition))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(List.of());
  }

  /** The spread of a quantity over these runs; empty if none of them measured it. */
  public static <T> Optional<Spread> spread(List<T> own, ToDoubleFunction<T> quantity) {
    return Spread.of(own.stream().map(quantity::applyAsDouble).toList());
  }

  /** The median of a quantity over these runs; null if none of them measured it. */
  static <T> @Nullable Double median(List<T> own, ToDoubleFunction<T> quantity) {
    return spread(own, quantity).map(Spread::median).orElse(null);
  }

  /**
   * The spread of what the operator makes of a quantity in two runs of the same round; empty if one
   * of these runs did not measure it.
   */
  public static <T> Optional<Spread> compare(
      List<T> own, List<T> other, ToDoubleFunction<T> quantity, DoubleBinaryOperator operator) {
    List<Double> results = new ArrayList<>();
    for (int round = 0; round < Math.min(own.size(), other.size()); round++) {
      results.add(
          operator.applyAsDouble(
              quantity.applyAsDouble(own.get(round)), quantity.applyAsDouble(other.get(round))));
    }
    return results.stream().anyMatch(result -> result.isNaN())
        ? Optional.empty()
        : Spread.of(results);
  }
}
