package org.sigqueue.bench.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Comparison;
import org.sigqueue.bench.harness.Measurement.Rounds;
import org.sigqueue.bench.harness.Programs.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Signals from another process as fast as it can send them: {@code storm} and {@code rt}. */
public abstract class Flood extends BenchCommand<Output> {
  /** The two ways to receive in C: a handler, and a thread that waits. */
  private static final List<String> REFERENCES = List.of("c-handler", "c-sigwaitinfo");

  private Flood() {}

  /** {@code storm}: a standard signal, of which the kernel keeps one pending. */
  @Command(
      name = "storm",
      description = "Another process sends standard signals as fast as it can.")
  public static final class Storm extends Flood {
    @Option(
        names = "--count",
        paramLabel = "N",
        defaultValue = "300000",
        converter = Converters.Signals.class,
        description = "Signals in each run. Default: ${DEFAULT-VALUE}")
    private int count;

    /** Creates the command. */
    public Storm() {}

    @Override
    PeerSet peerSet() {
      return PeerSet.receivers();
    }

    @Override
    Output run(Peer peer) {
      return Driver.FLOOD.storm(peer, count);
    }

    /** Events are fewer than deliveries if occurrences were coalesced. */
    @Override
    List<Column<Output>> columns() {
      return List.of(
          Column.median(
              "events/s", "events_per_s", 0, run -> run.get("events") / run.get("wall_ns") * 1e9),
          Column.count("sent", "sent", run -> run.get("sent")),
          Column.count("delivered", "delivered", run -> run.get("count")));
    }
  }

  /** {@code rt}: real-time signals with the values 1, 2, …, all of which the kernel keeps. */
  @Command(
      name = "rt",
      description = {
        "Another process sends real-time signals with values as fast as it can.",
        "The values are 1, 2, 3 and so on, by sigqueue(3). None may be lost; they come in order."
      })
  public static final class RealTime extends Flood {
    @Option(
        names = "--count",
        paramLabel = "N",
        defaultValue = "100000",
        converter = Converters.Signals.class,
        description = "Signals in each run. Default: ${DEFAULT-VALUE}")
    private int count;

    /** Creates the command. */
    public RealTime() {}

    @Override
    PeerSet peerSet() {
      return PeerSet.valueReceivers();
    }

    @Override
    Output run(Peer peer) {
      return Driver.FLOOD.values(peer, count);
    }

    /**
     * Lost signals were never counted; those with lost details were counted without their values.
     * Disorder counts values that were not greater than the previous one, refused how often the
     * kernel's queue was full (EAGAIN) and the sender had to wait.
     */
    @Override
    List<Column<Output>> columns() {
      return List.of(
          Column.count("sent", "sent", run -> run.get("sent")),
          Column.count("", "delivered", run -> run.get("count")),
          Column.count("lost", "lost", run -> run.get("sent") - run.get("count")),
          Column.count("details lost", "details_lost", run -> run.get("bare")),
          Column.count("disorder", "disorder", run -> run.get("disorder")),
          Column.count("refused", "refused", run -> run.get("refused")));
    }
  }

  abstract Output run(Peer peer);

  /** The columns between the rates and the CPU time. */
  abstract List<Column<Output>> columns();

  @Override
  final Measurement<Output> measure(List<Peer> peers, Rounds rounds) {
    Measurement<Output> measurement =
        Measurement.run(
            rounds,
            peers.stream().map(peer -> new Case(peer, 0)).toList(),
            each -> each.peer().label(),
            each -> run(each.peer()),
            output ->
                String.format(
                    Locale.ROOT,
                    "%.0f delivered/s, %.0f of %.0f",
                    deliveredPerSecond(output),
                    output.get("count"),
                    output.get("sent")));
    List<Column<Output>> columns = new ArrayList<>();
    columns.add(
        Column.median(
            "sent/s", "sent_per_s", 0, run -> run.get("sent") / run.get("send_ns") * 1e9));
    columns.add(Column.median("delivered/s", "delivered_per_s", 0, Flood::deliveredPerSecond));
    columns.addAll(columns());
    columns.add(Column.sum("CPU s", "cpu_s", 2, run -> run.get("cpu_ns") / 1e9));
    measurement.tabulate(
        "peer",
        columns,
        new Comparison<>("delivered", "delivered_per_s", Flood::deliveredPerSecond, REFERENCES));
    return measurement;
  }

  /** The deliveries per second; at least one in all, so that a starved peer gives no infinity. */
  public static double deliveredPerSecond(Output run) {
    return Math.max(1, run.get("count")) / run.get("wall_ns") * 1e9;
  }
}
