package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

/** The examples of pages below docs that are neither in Javadoc nor in {@link ReadmeExample}. */
@Timeout(120)
class PageExamplesTest {
  @Test
  void notifierWithExclusiveSignalsIsBuilt() {
    SignalNotifier notifier =
        SignalNotifier.builder().exclusive(Signal.rtMin(3), Signal.USR1).build();
    try (notifier) {
      assertTrue(notifier.receivable().contains(Signal.USR1));
    }
  }

  @Test
  void publisherOfTheJdkPublishesSignals() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    BlockingQueue<SignalEvent> received = new ArrayBlockingQueue<>(16);
    SignalNotifier signals = SignalNotifier.builder().source(source).build();

    SubmissionPublisher<SignalEvent> publisher = new SubmissionPublisher<>();
    Registration registration = signals.subscribe(publisher::submit, Signal.HUP);
    CompletableFuture<Void> consumed = publisher.consume(received::add);

    assertTrue(source.raise(Signal.HUP));
    SignalEvent event = received.poll(100, TimeUnit.SECONDS);
    assertNotNull(event);
    assertEquals(Signal.HUP, event.signal());
    registration.close();
    publisher.close();
    consumed.get(100, TimeUnit.SECONDS);
    signals.close();
  }
}
