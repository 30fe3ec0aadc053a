package org.sigqueue.bench;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code start}: see {@link Start}. */
@Command(
    name = "start",
    description = "The first Signals.notify in a fresh JVM, and wake-ups when no signal comes.")
final class StartCommand extends PeerCommand {
  @Option(
      names = "--idle",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Converters.Durations.class,
      description = "How long no signal comes. Default: ${DEFAULT-VALUE}")
  private Duration idle = Duration.ZERO;

  StartCommand() {
    super(PeerSet.starters());
  }

  @Override
  Result measure(List<Peer> chosen, Rounds rounds) {
    return Start.measure(idle, chosen, rounds).result();
  }
}
