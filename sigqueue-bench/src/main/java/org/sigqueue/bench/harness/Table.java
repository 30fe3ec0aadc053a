package org.sigqueue.bench.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A table for people: the first column is aligned to the left, the others to the right. */
public final class Table {
  private static final String NOTHING = "-";

  private final List<List<String>> rows = new ArrayList<>();

  /** Creates a table with these columns. */
  public Table(List<String> columns) {
    rows.add(List.copyOf(columns));
  }

  /** Adds a row. */
  public void add(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  /** A cell with a number; a dash for null and NaN. */
  public static String number(@Nullable Double value, int decimals) {
    return value == null || Double.isNaN(value)
        ? NOTHING
        : String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** A cell with a median and the range around it; a dash if there is none. */
  public static String spread(Optional<Measurement.Spread> spread, int decimals) {
    return spread
        .map(of ->
            number(of.median(), decimals)
                + " ("
                + number(of.min(), decimals)
                + ".."
                + number(of.max(), decimals)
                + ")")
        .orElse(NOTHING);
  }

  /** The table for a terminal. */
  public String text() {
    int columns = rows.get(0).size();
    int[] widths =
        IntStream.range(0, columns)
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    return rows.stream()
        .map(row ->
            IntStream.range(0, columns)
                .mapToObj(column -> padded(row.get(column), widths[column], column == 0))
                .collect(Collectors.joining("  "))
                .stripTrailing())
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** The table for a document. */
  public String markdown() {
    String rule = "|---|" + "---:|".repeat(rows.get(0).size() - 1) + "\n";
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      text.append(row.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
      text.append(rule);
      rule = ""; // below the first row only
    }
    return text.toString();
  }

  private static String padded(String cell, int width, boolean left) {
    String blanks = " ".repeat(width - cell.length());
    return left ? cell + blanks : blanks + cell;
  }
}
