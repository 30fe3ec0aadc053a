package org.sigqueue.bench;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code storm}: see {@link Flood#storm}. */
@Command(name = "storm", description = "Another process sends standard signals as fast as it can.")
final class StormCommand extends PeerCommand {
  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "300000",
      converter = Converters.Samples.class,
      description = "Signals in each run. Default: ${DEFAULT-VALUE}")
  private int count;

  StormCommand() {
    super(PeerSet.receivers());
  }

  @Override
  Result measure(List<Peer> chosen, Rounds rounds) {
    return Flood.storm(Driver.FLOOD, count, chosen, rounds).result();
  }
}
