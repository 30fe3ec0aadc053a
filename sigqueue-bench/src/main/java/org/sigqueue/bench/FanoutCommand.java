package org.sigqueue.bench;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fanout}: see {@link Fanout}. */
@Command(name = "fanout", description = "One signal for many channels: time for each of them.")
final class FanoutCommand extends PeerCommand {
  @Option(
      names = "--channels",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,10,100,1000,10000",
      converter = Converters.Channels.class,
      description = "How many channels want the signal. Default: ${DEFAULT-VALUE}")
  private List<Integer> channels = List.of();

  FanoutCommand() {
    super(PeerSet.fanouts());
  }

  @Override
  Result measure(List<Peer> chosen, Rounds rounds) {
    return Fanout.measure(chosen, channels, rounds).result();
  }
}
