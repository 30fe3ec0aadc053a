package org.sigqueue.bench.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * Many channels that are registered for one signal: the time from the signal until the last channel
 * has its event. No thread sleeps in the channels, so this is the dispatcher's part alone.
 */
public final class FanoutPeer {
  private static final int SIGNALS = 1000;
  private static final int MAX_EVENTS = 2_000_000;
  private static final int MIN_SIGNALS = 50;

  private FanoutPeer() {}

  /** Arguments: virtual or real, the number of channels. */
  public static void main(String[] args) throws Exception {
    int size = Integer.parseInt(args[1]);
    SignalNotifier.Builder builder = SignalNotifier.builder();
    VirtualSignalSource virtual = new VirtualSignalSource();
    boolean real = args[0].equals("real");
    SignalNotifier notifier = (real ? builder : builder.source(virtual)).build();
    List<SignalChannel> channels = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      SignalChannel channel = SignalChannel.coalescing();
      notifier.register(channel, Signal.USR1);
      channels.add(channel);
    }
    int signals = Math.max(MIN_SIGNALS, Math.min(SIGNALS, MAX_EVENTS / size));
    for (int i = -signals; i < signals; i++) { // the first half is the warm-up
      long start = System.nanoTime();
      if (real) {
        notifier.raise(Signal.USR1);
      } else {
        virtual.raise(Signal.USR1);
      }
      awaitEvent(channels.get(size - 1));
      long nanos = System.nanoTime() - start;
      for (SignalChannel channel : channels.subList(0, size - 1)) {
        if (channel.poll() == null) {
          throw new IllegalStateException("the last channel was not served last");
        }
      }
      if (i >= 0) {
        System.out.printf(Locale.ROOT, "ns %d%n", nanos);
      }
    }
    System.out.flush();
    Runtime.getRuntime().halt(0); // stopping so many channels is not measured
  }

  private static void awaitEvent(SignalChannel channel) {
    while (channel.poll() == null) {
      Thread.onSpinWait();
    }
  }
}
