package org.sigqueue.bench;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Option;

/** A measurement that compares peers, in rounds. */
abstract class PeerCommand extends BenchCommand {
  private final PeerSet set;

  @Option(
      names = "--peers",
      split = ",",
      paramLabel = "NAME",
      defaultValue = PeerSet.ALL,
      description = "Which to measure, or all. Default: ${DEFAULT-VALUE}")
  private List<String> peers = List.of();

  @Option(
      names = "--delivery",
      split = ",",
      paramLabel = "NAME",
      converter = Converters.Deliveries.class,
      description = "How the kernel delivers to ours: handler, steered, exclusive, all.")
  private List<String> deliveries = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      converter = Converters.Rounds.class,
      description = "How many times each is measured, in turn. Default: ${DEFAULT-VALUE}")
  private int rounds;

  PeerCommand(PeerSet set) {
    this.set = set;
  }

  @Override
  final Result measure(PrintWriter progress) {
    PeerSet.Choice choice;
    try {
      choice =
          set.choose(peers, deliveries.contains(PeerSet.ALL) ? PeerSet.DELIVERIES : deliveries);
    } catch (IllegalArgumentException e) {
      throw refuse("--peers", String.valueOf(e.getMessage()));
    }
    choice.unavailable().forEach(line -> progress.println("not measured: " + line));
    progress.flush();
    Result result = measure(choice.peers(), new Rounds(rounds, progress));
    if (!peers.contains(PeerSet.ALL)) {
      result.failures().addAll(choice.unavailable()); // asked for by name
    }
    return result;
  }

  /** Measures these peers; the failures of the result can be added to. */
  abstract Result measure(List<Peer> chosen, Rounds turns);
}
