package org.sigqueue.bench.peer;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.Signals;
import org.slf4j.LoggerFactory;

/**
 * {@code sigqueue}: what the first use costs a fresh JVM, and what the library does when idle. In
 * {@code sigqueue-logging} the program has logged before, as most do, so that SLF4J has found its
 * provider.
 */
public final class StartPeer {
  private StartPeer() {}

  /** Arguments: "logging" or nothing; how long to be idle, in milliseconds. */
  public static void main(String[] args) throws Exception {
    if (args.length > 1) {
      LoggerFactory.getLogger(StartPeer.class).debug("first");
    }
    FirstUse use = new FirstUse();
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.USR1);
      use.installed();
      Signals.raise(Signal.USR1);
      channel.take();
      use.received();
      use.idle("sigqueue-", Integer.parseInt(args[args.length - 1]));
    }
  }
}
