package org.sigqueue.cli.console;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * A table that fits a width: columns that say the same in all rows move into a caption first, then
 * the least important ones are left out.
 */
public final class Table {
  private static final int GAP = 2;

  /**
   * A column.
   *
   * @param number whether it is aligned to the right
   * @param importance the lower, the sooner it is left out; {@link #KEPT} stays
   */
  public record Column(String name, boolean number, int importance) {
    /** The importance of a column that is never left out. */
    public static final int KEPT = Integer.MAX_VALUE;

    private boolean isKept() {
      return importance == KEPT;
    }
  }

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  public Table(List<Column> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Adds a row; one cell for each column. */
  public void add(List<String> row) {
    if (row.size() != columns.size()) {
      throw new IllegalArgumentException(row + " has not " + columns.size() + " cells");
    }
    rows.add(List.copyOf(row));
  }

  /** The heading, the rows, and the captions that tell what the columns do not show. */
  public List<String> lines(int width) {
    List<Integer> shown = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      shown.add(i);
    }
    List<String> same = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    while (widthOf(shown) > width) {
      Optional<Integer> constant = leastImportant(shown, true);
      Optional<Integer> removed = constant.or(() -> leastImportant(shown, false));
      if (removed.isEmpty()) {
        break; // the kept columns do not fit: the terminal wraps them
      }
      int column = removed.get();
      shown.removeIf(each -> each == column);
      String name = columns.get(column).name();
      if (constant.isPresent()) {
        same.add(name + " " + rows.get(0).get(column));
      } else {
        leftOut.add(name);
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add(line(shown, columns.stream().map(Column::name).toList()));
    rows.forEach(row -> lines.add(line(shown, row)));
    if (!same.isEmpty()) {
      lines.addAll(Console.wrap("In all rows: " + String.join(", ", same) + ".", width));
    }
    if (!leftOut.isEmpty()) {
      lines.addAll(Console.wrap("Not shown: " + String.join(", ", leftOut) + ".", width));
    }
    return lines;
  }

  private Optional<Integer> leastImportant(List<Integer> shown, boolean constant) {
    return shown.stream()
        .filter(column -> !columns.get(column).isKept() && (!constant || isConstant(column)))
        .min(Comparator.comparingInt(column -> columns.get(column).importance()));
  }

  private boolean isConstant(int column) {
    return rows.size() > 1
        && rows.stream().map(row -> row.get(column)).distinct().limit(2).count() == 1;
  }

  private int widthOf(List<Integer> shown) {
    return shown.stream().mapToInt(this::width).sum() + GAP * (shown.size() - 1);
  }

  private int width(int column) {
    ToIntFunction<List<String>> length = row -> row.get(column).length();
    return Math.max(
        columns.get(column).name().length(), rows.stream().mapToInt(length).max().orElse(0));
  }

  private String line(List<Integer> shown, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int column : shown) {
      String blanks = " ".repeat(width(column) - cells.get(column).length());
      line.append(line.length() == 0 ? "" : " ".repeat(GAP))
          .append(columns.get(column).number() ? blanks + cells.get(column) : cells.get(column))
          .append(columns.get(column).number() ? "" : blanks);
    }
    return line.toString().stripTrailing();
  }
}
