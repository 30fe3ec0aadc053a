package org.sigqueue.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table for people: the first column to the left, numbers to the right. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  /** Creates a table of these columns. */
  Table(String... columns) {
    rows.add(List.of(columns));
  }

  void add(String... cells) {
    rows.add(List.of(cells));
  }

  /** A cell with a number. */
  static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** For a terminal. */
  String text() {
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

  /** For a document. */
  String markdown() {
    String rule = "|---|" + "---:|".repeat(rows.get(0).size() - 1) + "\n";
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      text.append(row.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
      text.append(rule);
      rule = ""; // under the first row alone
    }
    return text.toString();
  }

  private static String padded(String cell, int width, boolean left) {
    String blanks = " ".repeat(width - cell.length());
    return left ? cell + blanks : blanks + cell;
  }
}
