package org.sigqueue.bench;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code stress}: see {@link Stress}. */
@Command(
    name = "stress",
    description = "Go's TestStress: threads that do nothing but kill(getpid()) and yield.")
final class StressCommand extends PeerCommand {
  @Option(
      names = "--workers",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,2,4,8",
      converter = Converters.Workers.class,
      description = "How many threads send. Default: ${DEFAULT-VALUE}")
  private List<Integer> workers = List.of();

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Converters.Durations.class,
      description = "How long each run takes. Default: ${DEFAULT-VALUE}")
  private Duration duration = Duration.ZERO;

  StressCommand() {
    super(PeerSet.selfSenders());
  }

  @Override
  Result measure(List<Peer> chosen, Rounds rounds) {
    return Stress.measure(duration, chosen, workers, rounds).result();
  }
}
