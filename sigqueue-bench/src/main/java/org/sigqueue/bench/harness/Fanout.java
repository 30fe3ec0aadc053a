package org.sigqueue.bench.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sigqueue.bench.harness.Measurement.Case;
import org.sigqueue.bench.harness.Measurement.Rounds;
import org.sigqueue.bench.harness.Measurement.Spread;
import org.sigqueue.bench.harness.Programs.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fanout}: the dispatcher's time for a signal that many channels are registered for. */
@Command(name = "fanout", description = "One signal for many channels: time for each of them.")
public final class Fanout extends BenchCommand<Output> {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @Option(
      names = "--channels",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,10,100,1000,10000",
      converter = Converters.Channels.class,
      description = "How many channels want the signal. Default: ${DEFAULT-VALUE}")
  private List<Integer> channels = List.of();

  @Override
  PeerSet peerSet() {
    return PeerSet.fanouts();
  }

  @Override
  Measurement<Output> measure(List<Peer> peers, Rounds rounds) {
    List<Case> cases =
        channels.stream()
            .flatMap(number -> peers.stream().map(peer -> new Case(peer, number)))
            .toList();
    Measurement<Output> measurement =
        Measurement.run(
            rounds,
            cases,
            each -> each.peer().label() + " signals for " + each.x() + " channels",
            Fanout::run,
            output -> String.format(Locale.ROOT, "%.1f us for a signal", nanos(output) / 1e3));
    // From sending the signal until the last channel has its event.
    measurement.tabulate(
        "signals",
        List.of(
            Column.ofCase("channels", "channels", Case::x),
            Column.median("us/signal", "us_per_signal", 1, run -> nanos(run) / 1e3),
            new Column<>(
                "ns/channel",
                "ns_per_channel",
                1,
                (each, own) -> nanosPerChannel(each, own).median()),
            new Column<>(
                "spread of ns",
                "",
                0,
                (each, own) -> {
                  Spread nanos = nanosPerChannel(each, own);
                  return Table.number(nanos.min(), 1) + ".." + Table.number(nanos.max(), 1);
                })),
        new Measurement.Comparison<>("us", "us_per_signal", Fanout::nanos, List.of()));
    return measurement;
  }

  private static Output run(Case each) {
    List<String> command = new ArrayList<>(each.peer().command());
    command.add(Long.toString(each.x()));
    return Programs.measure(command, LIMIT);
  }

  private static Spread nanosPerChannel(Case each, List<Output> own) {
    return Measurement.spread(own, run -> nanos(run) / each.x()).orElseThrow();
  }

  /** The median of the signals of a run, in nanoseconds. */
  public static double nanos(Output run) {
    return Optional.of(run.all("ns")).flatMap(Spread::of).orElseThrow().median();
  }
}
