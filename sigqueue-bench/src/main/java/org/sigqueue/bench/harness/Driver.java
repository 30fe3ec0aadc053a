package org.sigqueue.bench.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The driver in C, which starts a peer and sends it signals: see {@code driver.c}.
 *
 * @param warmup the number of signals before the measured ones; one at a time, for at most 5 s
 * @param cpus the number of CPUs that the peer may use; 0 for all
 */
record Driver(int warmup, int cpus) {
  /** A driver for floods: its warm-up is long enough for a JVM to compile its code. */
  static final Driver FLOOD = new Driver(20_000, 0);

  private static final int USR1 = 10;
  private static final int REAL_TIME = 40; // a signal that nothing else uses
  private static final Duration START = Duration.ofSeconds(75);

  /** Sends signals one at a time, no faster than the pace. */
  Programs.Output latency(Peer peer, int samples, Duration pace) {
    return run("latency", USR1, samples, pace, peer);
  }

  /** Sends signals as fast as it can. */
  Programs.Output storm(Peer peer, int count) {
    return run("storm", USR1, count, null, peer);
  }

  /** Sends real-time signals with the values 1, 2, … as fast as the kernel accepts them. */
  Programs.Output values(Peer peer, int count) {
    return run("values", REAL_TIME, count, null, peer);
  }

  /** Runs a command to its end, and adds to its output the times of its start and end. */
  static Programs.Output life(List<String> peerCommand, Duration limit) {
    List<String> command = new ArrayList<>();
    command.add(BuildPaths.program("driver").toString());
    command.add("life");
    command.add("--");
    command.addAll(peerCommand);
    return Programs.measure(command, limit);
  }

  private Programs.Output run(
      String what, int signal, int count, @Nullable Duration pace, Peer peer) {
    List<String> command = new ArrayList<>();
    command.add(BuildPaths.program("driver").toString());
    command.add(what);
    command.add(Integer.toString(signal));
    command.add(Integer.toString(warmup));
    command.add(Integer.toString(count));
    // Far more than it takes: the driver gives up by itself.
    Duration limit = START.plus(Duration.ofMillis((warmup + count) / 2));
    if (pace != null) {
      command.add(Long.toString(pace.toNanos()));
      limit = limit.plus(pace.multipliedBy(count));
    }
    command.add(Integer.toString(cpus));
    command.add("--");
    command.addAll(peer.command());
    return Programs.measure(command, limit);
  }
}
