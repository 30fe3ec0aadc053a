package org.sigqueue.stress;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sigqueue.cli.console.Console;
import org.sigqueue.cli.console.Console.Style;
import org.sigqueue.cli.console.Table;
import org.sigqueue.cli.console.Table.Column;

/**
 * The report of the runs: on a terminal a line that is rewritten while they run, elsewhere a line
 * for each; at the end a table, and JSON. Any thread: the user may interrupt the runs.
 */
final class StressReport {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
  private static final String PASSED = "passed";
  private static final String FAILED = "FAILED";

  /** By importance: what follows from the others goes first, and conservation stays. */
  private static final List<Column> COLUMNS =
      List.of(
          new Column("scenario", false, Column.KEPT),
          new Column("parking", false, 6),
          new Column("delivery", false, 7),
          new Column("workers", true, Column.KEPT),
          new Column("channels", true, 3),
          new Column("seconds", true, 4),
          new Column("sent", true, 5),
          new Column("accepted", true, Column.KEPT),
          new Column("delivered", true, Column.KEPT),
          new Column("coalesced", true, Column.KEPT),
          new Column("dropped", true, Column.KEPT),
          new Column("delivered/s", true, 2),
          new Column("last-signal", true, 1),
          new Column("result", true, Column.KEPT));

  /** The JSON document. */
  private record Summary(List<RunResult> runs, long passed, long failed) {}

  private final Console console;
  private final int runs;
  private final List<RunResult> results = new ArrayList<>();
  private String title = "";
  private boolean closed;

  StressReport(Console console, int runs) {
    this.console = console;
    this.runs = runs;
  }

  /** Prints a line of its own. */
  synchronized void line(String text) {
    console.line(text);
  }

  /** A run begins. */
  synchronized void begin(Scenario scenario, RunParameters run) {
    title =
        "["
            + (results.size() + 1)
            + "/"
            + runs
            + "] "
            + title(
                scenario.name(),
                run.parking().name(),
                scenario.delivery(run).text(),
                run.workers());
    progress("");
  }

  /** How far the run has got. */
  synchronized void progress(String text) {
    if (!closed) {
      console.status().show(text.isEmpty() ? title : title + ": " + text);
    }
  }

  /** The run that has begun is over. */
  synchronized void end(RunResult result) {
    if (closed) {
      return;
    }
    results.add(result);
    if (!console.isTerminal()) {
      line(title + ": delivered/s " + result.deliveredPerSecond() + ", " + verdict(result));
    }
  }

  /**
   * Prints the table, what went wrong, and how many runs passed.
   *
   * @return whether all passed
   */
  synchronized boolean finish() {
    closed = true;
    printResults();
    return passed() == results.size();
  }

  /**
   * Prints the results so far, if {@link #finish} has not: the program ends before the runs do.
   *
   * @return whether it has printed them
   */
  synchronized boolean interrupted() {
    if (closed) {
      return false;
    }
    closed = true;
    console.line(console.styled(Style.YELLOW, "interrupted in " + title));
    if (!results.isEmpty()) {
      printResults();
    }
    console.line(results.size() + " of " + runs + " runs were done");
    return true;
  }

  /** The results so far as JSON. */
  synchronized String json() {
    return GSON.toJson(new Summary(results, passed(), results.size() - passed())) + "\n";
  }

  private void printResults() {
    Table table = new Table(COLUMNS);
    results.forEach(result -> table.add(row(result)));
    table
        .lines(console.isTerminal() ? console.width() : Integer.MAX_VALUE)
        .forEach(row -> console.line(coloured(row)));
    for (RunResult result : results) {
      if (result.footprint() != null) {
        console.paragraph("", result.scenario() + ": " + result.footprint());
      }
      if (result.failures() != null) {
        String run =
            title(result.scenario(), result.parking(), result.delivery(), result.workers());
        for (String failure : result.failures()) {
          console.line(console.styled(Style.RED, FAILED) + " " + run + ": " + failure);
        }
      }
    }
    String total = passed() + " passed, " + (results.size() - passed()) + " failed";
    console.line(console.styled(passed() == results.size() ? Style.GREEN : Style.RED, total));
  }

  private String coloured(String row) {
    for (String verdict : List.of(PASSED, FAILED)) {
      if (row.endsWith(verdict)) {
        Style style = verdict.equals(PASSED) ? Style.GREEN : Style.RED;
        return row.substring(0, row.length() - verdict.length()) + console.styled(style, verdict);
      }
    }
    return row;
  }

  private long passed() {
    return results.stream().filter(RunResult::passed).count();
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

  private static String verdict(RunResult result) {
    return result.passed() ? PASSED : FAILED;
  }
}
