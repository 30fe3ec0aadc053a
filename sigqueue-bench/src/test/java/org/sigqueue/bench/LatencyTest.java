package org.sigqueue.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The harness with real signals and real peers. */
class LatencyTest {
  private final StringWriter progress = new StringWriter();

  @Test
  void jsonHasTheFieldsOfTheIssue() {
    JsonObject document = json(measure(new Driver(10, 0), 20, futex()));
    JsonObject row = document.getAsJsonArray("rows").get(0).getAsJsonObject();
    assertEquals(
        Set.of(
            "peer",
            "delivery",
            "pace_us",
            "rounds",
            "p50_us",
            "p90_us",
            "p99_us",
            "max_us",
            "cpu_s",
            "lost"),
        row.keySet());
    assertEquals("c-futex", row.get("peer").getAsString());
    assertEquals("30", row.get("pace_us").getAsString());
    assertEquals(2, row.get("rounds").getAsInt());
    assertEquals(0, row.get("lost").getAsInt());
    assertTrue(row.get("p50_us").getAsDouble() > 0);
    assertTrue(row.get("p50_us").getAsDouble() <= row.get("max_us").getAsDouble());
    assertTrue(row.get("delivery").isJsonNull());
    JsonObject ratio = document.getAsJsonArray("ratios").get(0).getAsJsonObject();
    assertEquals(1.0, ratio.get("median").getAsDouble());
  }

  @Test
  void whoNeverAnswersHasLostItsSignals() {
    Peer silent = Peer.foreign("silent", Java.command("org.sigqueue.bench.peer.SilentPeer"));
    JsonObject document = json(measure(new Driver(0, 0), 1, silent));
    JsonObject row = document.getAsJsonArray("rows").get(0).getAsJsonObject();
    assertEquals(2, row.get("lost").getAsInt()); // one in each round
    assertTrue(row.get("p50_us").isJsonNull());
    assertTrue(row.get("max_us").isJsonNull());
  }

  @Test
  void whoDiesIsAFailureAndTheOthersAreMeasured() {
    Result result = measure(new Driver(0, 0), 5, Peer.foreign("dying", List.of("false")), futex());
    assertEquals(1, result.rows().size());
    assertEquals(
        List.of(
            "dying every 30 us: driver ended with status 1:"
                + " driver: the peer ended with status 1"),
        result.failures());
  }

  @Test
  void aPeerOnOneCpuAnswers() {
    Result result = measure(new Driver(0, 1), 20, futex());
    assertEquals(List.of(), result.failures());
    assertNotEquals(List.of(), result.rows());
  }

  private static Peer futex() {
    return PeerSet.receivers().choose(List.of("c-futex"), List.of()).peers().get(0);
  }

  private Result measure(Driver driver, int samples, Peer... peers) {
    Rounds rounds = new Rounds(2, new PrintWriter(progress));
    return Latency.measure(
            driver, samples, List.of(peers), List.of(Duration.ofNanos(30_000)), rounds)
        .result();
  }

  private static JsonObject json(Result result) {
    return JsonParser.parseString(Json.text(result)).getAsJsonObject();
  }
}
