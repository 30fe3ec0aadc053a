package org.sigqueue.bench;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code latency}: see {@link Latency}. */
@Command(
    name = "latency",
    description = {
      "Time from a kill(2) by another process until the user's code runs, beside the limits in C.",
      "One signal is on its way at a time. While it is, the driver watches without giving",
      "up its CPU, so on two CPUs a peer has one; in between it sleeps if the pace allows."
    })
final class LatencyCommand extends PeerCommand {
  @Option(
      names = "--pace",
      split = ",",
      paramLabel = "TIME",
      defaultValue = "30us,1ms",
      converter = Converters.Durations.class,
      description = "The least time between two signals. Default: ${DEFAULT-VALUE}")
  private List<Duration> paces = List.of();

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1000",
      converter = Converters.Samples.class,
      description = "Signals in each run. Default: ${DEFAULT-VALUE}")
  private int samples;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "50000",
      converter = Converters.Warmup.class,
      description = {
        "Signals before them, without a pause, for 5 s at most: a JVM compiles what it runs often.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int warmup;

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "0",
      converter = Converters.Cpus.class,
      description = "On how many CPUs a peer may run; 0: on all. Default: ${DEFAULT-VALUE}")
  private int cpus;

  LatencyCommand() {
    super(PeerSet.receivers());
  }

  LatencyCommand(PeerSet peers) {
    super(peers);
  }

  @Override
  Result measure(List<Peer> chosen, Rounds rounds) {
    return Latency.measure(new Driver(warmup, cpus), samples, chosen, paces, rounds).result();
  }
}
