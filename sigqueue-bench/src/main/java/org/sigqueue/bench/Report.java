package org.sigqueue.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures everything and writes the document. */
final class Report {
  private static final List<Duration> PACES =
      List.of(Duration.ofNanos(30_000), Duration.ofMillis(1));
  private static final List<String> MODES = List.of("steered", "exclusive");
  private static final List<String> OURS = List.of("core", "inline", "channel");
  private static final List<Integer> WORKERS = List.of(1, 2, 4, 8);
  private static final List<Integer> CHANNELS = List.of(1, 10, 100, 1000, 10_000);
  private static final List<String> ON_ONE_CPU =
      List.of(
          "c-futex",
          "core",
          "core-futex",
          "core-spin",
          "inline",
          "channel",
          "channel-futex",
          "jdk",
          "go",
          "tokio");

  private final Plan plan;
  private final PrintWriter progress;
  private final Rounds rounds;
  private final Document document;
  private final Targets targets = new Targets();
  private final List<String> missing = new ArrayList<>();
  private final List<String> machine = Machine.describe();
  private final long start = System.nanoTime();

  Report(Path file, Plan plan, PrintWriter progress) {
    this.plan = plan;
    this.progress = progress;
    this.rounds = new Rounds(plan.rounds(), progress);
    this.document = new Document(file);
  }

  /** Measures, writes, and returns what could not be measured. */
  List<String> run() {
    latency();
    oneCpu();
    stress();
    storm();
    values();
    fanout();
    start();
    micro();
    document.write(head());
    return missing;
  }

  private void latency() {
    begin("Latency");
    document.paragraph(
        "From before a `kill(2)` by another process until the user's code has run. One signal is on"
            + " its way at a time. While it is, the driver watches without giving up its CPU, so on"
            + " two CPUs a peer has one; between signals the driver sleeps if the pace allows. The"
            + " last column is the median of the rounds' ratios, and their range.");
    commands("latency --rounds " + plan.rounds() + " --samples " + plan.samples(), MODES, OURS);
    Measured<LatencyRound> measured =
        Latency.measure(
            new Driver(plan.warmup(), 0),
            plan.samples(),
            with(PeerSet.receivers(), MODES, OURS),
            PACES,
            rounds);
    targets.latency(measured.runs());
    end(measured.result());
    for (Duration pace : PACES) {
      long micros = pace.toNanos() / 1000;
      document.plot("latency-" + micros + "us", Plots.latency(measured.runs(), micros));
    }
  }

  private void oneCpu() {
    begin("Latency on one CPU");
    String names = String.join(",", ON_ONE_CPU);
    document.paragraph(
        "The same, with all threads of the peer on one CPU, which the driver leaves"
            + " to them while it can.");
    document.command(
        "latency --cpus 1 --peers "
            + names
            + " --rounds "
            + plan.rounds()
            + " --samples "
            + plan.samples());
    end(
        Latency.measure(
                new Driver(plan.warmup(), 1),
                plan.samples(),
                peers(PeerSet.receivers(), ON_ONE_CPU.toArray(String[]::new)),
                PACES,
                rounds)
            .result());
  }

  private void stress() {
    begin("TestStress");
    document.paragraph(
        "Go's test: threads of the process do nothing but `kill(getpid())` and yield. `c-handler` is"
            + " a handler in C that only counts, in a process that sleeps until it runs: who spins keeps"
            + " CPUs awake, and can get more.");
    commands(
        "stress --rounds " + plan.rounds() + " --duration " + plan.stress().toMillis() + "ms",
        MODES,
        List.of("channel"));
    Measured<Output> measured =
        Stress.measure(
            plan.stress(), with(PeerSet.selfSenders(), MODES, List.of("channel")), WORKERS, rounds);
    targets.stress(measured.runs(), WORKERS);
    end(measured.result());
    document.plot("stress", Plots.stress(measured.runs()));
  }

  private void storm() {
    begin("Storm");
    document.paragraph(
        "Another process sends one standard signal as fast as it can. The kernel keeps one of them"
            + " pending, and merges the others before any program sees them.");
    commands("storm --rounds " + plan.rounds() + " --count " + plan.storm(), MODES, OURS);
    Measured<Output> measured =
        Flood.storm(Driver.FLOOD, plan.storm(), with(PeerSet.receivers(), MODES, OURS), rounds);
    targets.storm(measured.runs());
    end(measured.result());
  }

  private void values() {
    begin("Real-time signals");
    document.paragraph(
        "Another process sends the values 1, 2, 3 and so on by `sigqueue(3)`, as fast as the kernel"
            + " takes them. `disorder` counts values that are not more than the one before.");
    commands(
        "rt --rounds " + plan.rounds() + " --count " + plan.values(), List.of("handler"), OURS);
    Measured<Output> measured =
        Flood.values(
            Driver.FLOOD,
            plan.values(),
            with(PeerSet.valueReceivers(), List.of("handler"), OURS),
            rounds);
    targets.values(measured.runs());
    end(measured.result());
  }

  private void fanout() {
    begin("Many channels on one signal");
    document.paragraph("From the signal until the last channel has its event; nobody waits.");
    document.command("fanout --rounds " + plan.rounds());
    Measured<Output> measured =
        Fanout.measure(peers(PeerSet.fanouts(), PeerSet.ALL), CHANNELS, rounds);
    targets.fanout(measured.runs());
    end(measured.result());
    document.plot("fanout", Plots.fanout(measured.runs()));
  }

  private void start() {
    begin("First use, and idle");
    document.paragraph(
        "In a fresh JVM, from the start of `main`; then no signal comes for a while.");
    document.command(
        "start --rounds " + plan.rounds() + " --idle " + plan.idle().toMillis() + "ms");
    Measured<Output> measured =
        Start.measure(plan.idle(), peers(PeerSet.starters(), PeerSet.ALL), rounds);
    targets.start(measured.runs());
    end(measured.result());
  }

  private void micro() {
    begin("The engine by itself");
    document.paragraph("JMH; `bytes` is garbage for an operation, of all threads together.");
    document.command(
        String.format(
            Locale.ROOT,
            "jmh -f %d -i %d -r %dms -wi %d -w %dms -prof gc",
            plan.forks(),
            plan.iterations(),
            plan.millis(),
            Math.max(1, plan.iterations() / 2),
            plan.millis()));
    Measured<Micro.Row> measured =
        Micro.measure(plan.forks(), plan.iterations(), plan.millis(), progress);
    targets.micro(measured.runs());
    end(measured.result());
    document.plot(
        "contended",
        Plots.contended(
            measured.runs(),
            WORKERS,
            List.of("sigqueue-park", "mpsc", "array-blocking-queue", "semaphore")));
  }

  private void begin(String what) {
    document.write(head()); // what was measured is not lost if the rest is broken off
    document.heading(what);
    progress.println(
        String.format(
            Locale.ROOT, "==> %s (after %d s)", what, (System.nanoTime() - start) / 1_000_000_000));
    progress.flush();
  }

  private void end(Result result) {
    document.table(result.table());
    missing.addAll(result.failures());
    progress.println(result.table().text());
    progress.flush();
  }

  /** All peers as they are by default, and some of ours with other deliveries. */
  private List<Peer> with(PeerSet set, List<String> deliveries, List<String> ours) {
    List<Peer> all = new ArrayList<>(peers(set, PeerSet.ALL));
    all.addAll(set.choose(ours, deliveries).peers());
    return all;
  }

  /** How to repeat what {@link #with} chooses. */
  private void commands(String command, List<String> deliveries, List<String> ours) {
    document.command(command);
    document.command(
        command
            + " --delivery "
            + String.join(",", deliveries)
            + " --peers "
            + String.join(",", ours));
  }

  private List<Peer> peers(PeerSet set, String... names) {
    PeerSet.Choice choice = set.choose(List.of(names), List.of());
    choice.unavailable().stream()
        .map(line -> "not measured: " + line)
        .forEach(line -> {
          progress.println(line);
          document.paragraph(line);
        });
    return choice.peers();
  }

  private String head() {
    Table table = new Table("target", "wanted", "measured: median (range)", "");
    for (Target target : targets.all()) {
      table.add(
          target.what(),
          target.wanted(),
          target.measured().map(spread -> spread.text(2)).orElse("-"),
          target.verdict());
    }
    return "# Performance\n\n"
        + "Written by `./sigqueue bench report` on "
        + LocalDate.now(ZoneOffset.UTC)
        + "; do not edit. Compare figures within a table only: the rows of one were measured in"
        + " turn, round after round, on the same machine.\n\n"
        + machine.stream().map(line -> "- " + line + "\n").reduce("", String::concat)
        + "\n## Targets\n\n"
        + table.markdown();
  }
}
