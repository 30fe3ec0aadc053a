package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;

/**
 * The proof that nothing arrives: a signal of the highest number, which the kernel hands out after
 * all others that are pending.
 */
public final class Marker implements AutoCloseable {
  private static final Signal SIGNAL = Signal.of(64);

  private final SignalNotifier notifier = SignalNotifier.builder().build();
  private final SignalChannel channel = SignalChannel.queueing(16);

  public Marker() {
    notifier.register(channel, SIGNAL);
  }

  /** Returns when all that was sent to this process before has arrived. */
  public void pass() throws InterruptedException {
    notifier.raise(SIGNAL);
    assertEquals(SIGNAL, Await.event(channel).signal());
  }

  @Override
  public void close() {
    channel.close();
    notifier.close();
  }
}
