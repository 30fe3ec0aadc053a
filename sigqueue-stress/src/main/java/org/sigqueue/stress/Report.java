package org.sigqueue.stress;

import com.google.common.base.Strings;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tells of the runs: while they run, in one line on a terminal and in a line for each elsewhere; at
 * the end as a table, and as JSON.
 */
final class Report {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  private static final List<String> COLUMNS =
      List.of(
          "scenario",
          "parking",
          "delivery",
          "workers",
          "channels",
          "seconds",
          "sent",
          "accepted",
          "delivered",
          "coalesced",
          "dropped",
          "delivered/s",
          "last-signal",
          "result");

  private static final int TEXT_COLUMNS = 3; // the first ones; numbers are aligned to the right

  /** What the JSON holds. */
  private record Summary(List<RunResult> runs, long passed, long failed) {}

  private final PrintWriter out;
  private final boolean terminal;
  private final int runs;
  private final List<RunResult> results = new ArrayList<>();
  private String title = "";
  private int shown; // how many characters of the line that updates

  Report(PrintWriter out, boolean terminal, int runs) {
    this.out = out;
    this.terminal = terminal;
    this.runs = runs;
  }

  /** Prints a line of its own. */
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** A run begins. */
  void begin(Scenario scenario, RunParameters run) {
    title =
        "["
            + (results.size() + 1)
            + "/"
            + runs
            + "] "
            + title(scenario.name(), run.parking().name(), deliveryOf(run), run.workers());
    progress("");
  }

  /** How far the run has got. */
  void progress(String text) {
    if (terminal) {
      update(text.isEmpty() ? title : title + ": " + text);
    }
  }

  /** The run that has begun is over. */
  void end(RunResult result) {
    results.add(result);
    if (terminal) {
      update("");
    } else {
      line(title + ": delivered/s " + result.deliveredPerSecond() + ", " + verdict(result));
    }
  }

  /**
   * Prints the table, what went wrong, and how many runs passed.
   *
   * @return whether all passed
   */
  boolean finish() {
    List<List<String>> table = new ArrayList<>();
    table.add(COLUMNS);
    results.forEach(result -> table.add(row(result)));
    for (List<String> row : table) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        int width = width(table, column);
        String cell = row.get(column);
        text.append(column == 0 ? "" : "  ")
            .append(
                column < TEXT_COLUMNS
                    ? Strings.padEnd(cell, width, ' ')
                    : Strings.padStart(cell, width, ' '));
      }
      out.println(text);
    }
    for (RunResult result : results) {
      if (result.footprint() != null) {
        line(result.scenario() + ": " + result.footprint());
      }
      if (result.failures() != null) {
        for (String failure : result.failures()) {
          line(
              "FAILED "
                  + title(result.scenario(), result.parking(), result.delivery(), result.workers())
                  + ": "
                  + failure);
        }
      }
    }
    line(passed() + " passed, " + (results.size() - passed()) + " failed");
    return passed() == results.size();
  }

  /** The results so far as JSON. */
  String json() {
    return GSON.toJson(new Summary(results, passed(), results.size() - passed())) + "\n";
  }

  private long passed() {
    return results.stream().filter(RunResult::passed).count();
  }

  /** Replaces the line that updates. */
  private void update(String text) {
    out.print("\r" + Strings.padEnd(text, shown, ' ') + (text.isEmpty() ? "\r" : ""));
    out.flush();
    shown = text.length();
  }

  private static String deliveryOf(RunParameters run) {
    return run.delivery() == null ? "usual delivery" : Converters.Deliveries.text(run.delivery());
  }

  private static String title(String scenario, String parking, String delivery, int workers) {
    return scenario + ", " + parking + ", " + delivery + ", workers " + workers;
  }

  private static List<String> row(RunResult result) {
    return List.of(
        result.scenario(),
        result.parking(),
        result.delivery(),
        String.valueOf(result.workers()),
        String.valueOf(result.channels()),
        String.format(Locale.ROOT, "%.1f", result.seconds()),
        String.valueOf(result.sent()),
        String.valueOf(result.accepted()),
        String.valueOf(result.delivered()),
        String.valueOf(result.coalesced()),
        String.valueOf(result.dropped()),
        String.valueOf(result.deliveredPerSecond()),
        result.lastSignalDelivered() ? "received" : "LOST",
        verdict(result));
  }

  private static int width(List<List<String>> table, int column) {
    return table.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String verdict(RunResult result) {
    return result.passed() ? "passed" : "FAILED";
  }
}
