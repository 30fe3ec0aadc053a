package org.sigqueue.bench;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rt}: see {@link Flood#values}. */
@Command(
    name = "rt",
    description = {
      "Another process sends real-time signals with values as fast as it can.",
      "The values are 1, 2, 3 and so on, by sigqueue(3). None may be lost; they come in order."
    })
final class ValuesCommand extends PeerCommand {
  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "100000",
      converter = Converters.Samples.class,
      description = "Signals in each run. Default: ${DEFAULT-VALUE}")
  private int count;

  ValuesCommand() {
    super(PeerSet.valueReceivers());
  }

  @Override
  Result measure(List<Peer> chosen, Rounds rounds) {
    return Flood.values(Driver.FLOOD, count, chosen, rounds).result();
  }
}
