package org.sigqueue.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The driver in C, which starts a peer and sends it signals: {@code driver.c} says how.
 *
 * @param warmup how many signals are sent before the measured ones; one at a time, for 5 s at most
 * @param cpus on how many CPUs the peer may run; 0 for all
 */
record Driver(int warmup, int cpus) {
  /** SIGUSR1. */
  static final int USR1 = 10;

  /** A real-time signal that nobody uses. */
  static final int REAL_TIME = 40;

  /** For sending as fast as it can: enough to begin with that a JVM has compiled its code. */
  static final Driver FLOOD = new Driver(20_000, 0);

  private static final Duration START = Duration.ofSeconds(75);

  /** Sends signals one at a time, no faster than the pace. */
  Output latency(Peer peer, int samples, Duration pace) {
    return run("latency", USR1, samples, pace, peer);
  }

  /** Sends signals as fast as it can. */
  Output storm(Peer peer, int count) {
    return run("storm", USR1, count, null, peer);
  }

  /** Sends real-time signals with the values 1, 2, … as fast as they are accepted. */
  Output values(Peer peer, int count) {
    return run("values", REAL_TIME, count, null, peer);
  }

  private Output run(String what, int signal, int count, @Nullable Duration pace, Peer peer) {
    List<String> command = new ArrayList<>();
    command.add(Home.program("driver").toString());
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
