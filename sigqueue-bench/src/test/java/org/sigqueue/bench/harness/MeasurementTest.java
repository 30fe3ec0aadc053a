package org.sigqueue.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Comparison;
import org.sigqueue.bench.harness.Measurement.Rounds;
import org.sigqueue.bench.harness.Measurement.Spread;

/** Runs in turn, and the rows and ratios of their quantities. */
class MeasurementTest {
  private static final Peer OURS = Peer.foreign("ours", List.of("ours", "-cp", "new.jar"));
  private static final Peer LIMIT = Peer.foreign("limit", List.of("limit"));

  private final List<String> order = new ArrayList<>();
  private final StringWriter progress = new StringWriter();

  @Test
  void casesRunInTurnRoundAfterRound() {
    measure(2, each -> 1.0, OURS, LIMIT);
    assertEquals(List.of("ours", "limit", "ours", "limit"), order);
    assertTrue(progress.toString().startsWith("[1/4] round 1: ours: 1.0"), progress::toString);
  }

  @Test
  void caseThatFailsDoesNotRunAgainAndHasNoRow() {
    Measurement<Double> measurement =
        measure(
            3,
            each -> {
              if (each.peer().equals(LIMIT)) {
                throw new HarnessException("broken");
              }
              return 1.0;
            },
            OURS,
            LIMIT);
    assertEquals(List.of("ours", "limit", "ours", "ours"), order);
    assertEquals(List.of("limit: broken"), measurement.failures());
    assertEquals(List.of(), measurement.of("limit", 0, ""));
  }

  @Test
  void ratiosAreTakenRoundByRound() {
    double[] times = {10, 5, 30, 10, 20, 20}; // ours, limit, ours, limit, ...
    Measurement<Double> measurement = measure(3, each -> times[order.size() - 1], OURS, LIMIT);
    assertEquals(
        Optional.of(new Spread(2, 1, 3)),
        Measurement.compare(
            measurement.of("ours", 0, ""),
            measurement.of("limit", 0, ""),
            time -> time,
            (own, other) -> own / other));
  }

  @Test
  void roundThatDidNotMeasureAQuantityLeavesASpreadButNoRatio() {
    double[] times = {10, 5, Double.NaN, 10};
    Measurement<Double> measurement = measure(2, each -> times[order.size() - 1], OURS, LIMIT);
    List<Double> own = measurement.of("ours", 0, "");
    assertEquals(Optional.of(new Spread(10, 10, 10)), Measurement.spread(own, time -> time));
    assertEquals(
        Optional.empty(),
        Measurement.compare(
            own, measurement.of("limit", 0, ""), time -> time, (one, other) -> one / other));
  }

  @Test
  void medianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    assertEquals(Optional.of(new Spread(2.5, 1, 4)), Spread.of(List.of(4.0, 1.0, 2.0, 3.0)));
    assertEquals(Optional.empty(), Spread.of(List.of(Double.NaN)));
  }

  @Test
  void peerOfAnOlderBuildGetsAColumnAndARatio() {
    Peer old = OURS.in(Path.of("old.jar"));
    double[] times = {10, 5};
    Measurement<Double> measurement = measure(1, each -> times[order.size() - 1], OURS, old);
    tabulate(measurement, List.of());
    assertEquals(
        """
        peer      time         time / old
        ours      10.0  2.00 (2.00..2.00)
        old-ours   5.0                  -
        """,
        measurement.table().text());
    JsonObject document = JsonParser.parseString(measurement.json()).getAsJsonObject();
    JsonArray ratios = document.getAsJsonArray("ratios");
    assertEquals(1, ratios.size());
    assertEquals("old-ours", ratios.get(0).getAsJsonObject().get("to").getAsString());
    assertEquals(2.0, ratios.get(0).getAsJsonObject().get("median").getAsDouble());
  }

  private Measurement<Double> measure(int rounds, Function<Case, Double> trial, Peer... peers) {
    return Measurement.run(
        new Rounds(rounds, new PrintWriter(progress)),
        List.of(peers).stream().map(peer -> new Case(peer, 0)).toList(),
        each -> each.peer().label(),
        each -> {
          order.add(each.peer().name());
          return trial.apply(each);
        },
        Object::toString);
  }

  private static void tabulate(Measurement<Double> measurement, List<String> references) {
    measurement.tabulate(
        "peer",
        List.of(Column.median("time", "time", 1, time -> time)),
        new Comparison<>("time", "time", time -> time, references));
  }
}
