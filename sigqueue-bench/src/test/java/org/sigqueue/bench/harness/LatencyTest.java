package org.sigqueue.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sigqueue.bench.harness.Measurement.Rounds;
import picocli.CommandLine;

/** The harness with real signals and real peers. */
class LatencyTest {
  private static final List<String> QUICK =
      List.of("--pace", "30us", "--samples", "20", "--warmup", "10");

  private static final List<String> SLOW =
      List.of("--pace", "10ms", "--samples", "50", "--warmup", "100");

  @Test
  void jsonHasTheFieldsOfTheIssue() {
    JsonObject document = json(measure(QUICK, c("c-futex")));
    JsonObject row = document.getAsJsonArray("rows").get(0).getAsJsonObject();
    assertEquals(
        Set.of(
            "peer",
            "delivery",
            "pace_us",
            "warmup",
            "rounds",
            "p10_us",
            "p50_us",
            "p90_us",
            "p99_us",
            "p999_us",
            "max_us",
            "cpu_s",
            "wakeups_per_signal",
            "lost"),
        row.keySet());
    assertEquals("c-futex", row.get("peer").getAsString());
    assertEquals("30", row.get("pace_us").getAsString());
    assertEquals(10, row.get("warmup").getAsInt());
    assertEquals(2, row.get("rounds").getAsInt());
    assertEquals(0, row.get("lost").getAsInt());
    assertTrue(row.get("p10_us").getAsDouble() > 0);
    assertTrue(row.get("p10_us").getAsDouble() <= row.get("p50_us").getAsDouble());
    assertTrue(row.get("p999_us").getAsDouble() <= row.get("max_us").getAsDouble());
    assertTrue(row.get("delivery").isJsonNull());
    JsonObject ratio = document.getAsJsonArray("ratios").get(0).getAsJsonObject();
    assertEquals(1.0, ratio.get("median").getAsDouble());
    assertEquals("after 10 signals", ratio.get("condition").getAsString());
  }

  @Test
  void wakeupsOfAHandlerThatWakesAThreadAreTwoAndOfAWaitingThreadOne() {
    List<Double> twice = new ArrayList<>();
    List<Double> once = new ArrayList<>();
    // Fewer where the machine keeps a thread from going back to sleep until the next signal: then
    // again, with more time between them.
    for (int paceMillis = 10; paceMillis <= 160; paceMillis *= 2) {
      Measurement<Latency.Round> measurement =
          measure(
              List.of("--pace", paceMillis + "ms", "--samples", "50", "--warmup", "10"),
              c("c-futex"),
              c("c-sigwaitinfo"));
      twice = wakeups(measurement, "c-futex", paceMillis);
      once = wakeups(measurement, "c-sigwaitinfo", paceMillis);
      if (areAbout(2, twice) && areAbout(1, once)) {
        return;
      }
    }
    fail(twice + " " + once);
  }

  private static List<Double> wakeups(
      Measurement<Latency.Round> measurement, String peer, int paceMillis) {
    return measurement.of(peer, paceMillis * 1_000L, "after 10 signals").stream()
        .map(Latency.Round::wakeupsPerSignal)
        .toList();
  }

  private static boolean areAbout(int expected, List<Double> values) {
    return !values.isEmpty()
        && values.stream().allMatch(value -> Math.abs(value - expected) <= 0.4);
  }

  @Test
  void wakeupsOfThreadsThatHaveEndedCount() {
    Peer brief = Peer.foreign("brief", Programs.java("org.sigqueue.bench.peer.BriefThreadsPeer"));
    Measurement<Latency.Round> measurement = measure(SLOW, brief);
    for (Latency.Round round : measurement.of("brief", 10_000, "after 100 signals")) {
      assertTrue(round.wakeupsPerSignal() > 10, () -> "" + round.wakeupsPerSignal());
    }
  }

  @Test
  void silentPeerLosesItsSignals() {
    Peer silent = Peer.foreign("silent", Programs.java("org.sigqueue.bench.peer.SilentPeer"));
    JsonObject document =
        json(measure(List.of("--pace", "30us", "--samples", "1", "--warmup", "0"), silent));
    JsonObject row = document.getAsJsonArray("rows").get(0).getAsJsonObject();
    assertEquals(2, row.get("lost").getAsInt()); // one in each round
    assertTrue(row.get("p50_us").isJsonNull());
    assertTrue(row.get("max_us").isJsonNull());
  }

  @Test
  void dyingPeerIsAFailureAndTheOthersAreMeasured() {
    Measurement<Latency.Round> measurement =
        measure(QUICK, Peer.foreign("dying", List.of("false")), c("c-futex"));
    assertEquals(1, json(measurement).getAsJsonArray("rows").size());
    assertEquals(
        List.of(
            "dying every 30 us after 10 signals: driver ended with status 1:"
                + " driver: the peer ended with status 1"),
        measurement.failures());
  }

  @Test
  void peerOnOneCpuAnswers() {
    Measurement<Latency.Round> measurement =
        measure(
            List.of("--pace", "30us", "--samples", "20", "--warmup", "0", "--cpus", "1"),
            c("c-futex"));
    assertEquals(List.of(), measurement.failures());
    assertNotEquals(0, json(measurement).getAsJsonArray("rows").size());
  }

  @Test
  void oneRoundDoesNotTellHowNoisyTheMachineIs() {
    Latency command = command(QUICK);
    Measurement<Latency.Round> measurement =
        command.measure(List.of(c("c-futex")), new Rounds(1, silence()));
    assertEquals(
        List.of(
            "it is not known whether times every 30 us after 10 signals can be compared: that takes"
                + " two rounds of c-futex or c-sigwaitinfo"),
        measurement.notes());
    assertFalse(Latency.isQuiet(measurement, 30, "after 10 signals"));
  }

  @Test
  void peerInCWhoseMedianMovesMeansNoise() {
    Measurement<Latency.Round> measurement = measure(QUICK, c("c-futex"));
    double factor = Latency.noise(measurement, 30, "after 10 signals").orElseThrow();
    boolean noted = measurement.notes().stream().anyMatch(note -> note.contains("too noisy"));
    assertTrue(factor >= 1);
    assertEquals(factor > Latency.NOISE_LIMIT, noted);
    assertEquals(!noted, Latency.isQuiet(measurement, 30, "after 10 signals"));
  }

  private static Peer c(String name) {
    return PeerSet.receivers().choose(List.of(name), List.of(), null).peers().get(0);
  }

  private static Measurement<Latency.Round> measure(List<String> options, Peer... peers) {
    return command(options).measure(List.of(peers), new Rounds(2, silence()));
  }

  private static Latency command(List<String> options) {
    Latency command = new Latency();
    new CommandLine(command).parseArgs(options.toArray(String[]::new));
    return command;
  }

  private static PrintWriter silence() {
    return new PrintWriter(new StringWriter());
  }

  private static JsonObject json(Measurement<?> measurement) {
    return JsonParser.parseString(measurement.json()).getAsJsonObject();
  }
}
