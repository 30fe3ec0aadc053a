package org.sigqueue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.AfterMethod;

/**
 * The Reactive Streams TCK over a virtual source: streams that end, because the publisher is closed
 * after so many signals as the test wants events.
 */
public class SignalPublisherEndTckTest extends FlowPublisherVerification<SignalEvent> {
  private static final int CAPACITY = 1024;
  private static final long TIMEOUT_MILLIS = 10_000;
  private static final long POLL_MILLIS = 3000; // the limit for errors
  private static final long NO_SIGNALS_MILLIS = 100;

  private final List<AutoCloseable> open = new ArrayList<>();

  public SignalPublisherEndTckTest() {
    super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNALS_MILLIS, POLL_MILLIS));
  }

  @Override
  public Flow.Publisher<SignalEvent> createFlowPublisher(long elements) {
    VirtualSignalSource source = new VirtualSignalSource();
    SignalNotifier notifier = SignalNotifier.builder().source(source).build();
    ExecutorService executor = Executors.newCachedThreadPool();
    Dependents dependents = new Dependents(executor);
    open.add(notifier);
    open.add(executor::shutdown);
    return subscriber -> {
      // For each subscriber another one: it is there before the first signal, and gets all.
      SignalPublisher publisher = SignalPublisher.on(notifier, dependents, CAPACITY, Signal.USR1);
      publisher.subscribe(subscriber);
      for (long i = 0; i < elements; i++) {
        source.raise(Signal.USR1);
      }
      publisher.close();
    };
  }

  @Override
  public Flow.Publisher<SignalEvent> createFailedFlowPublisher() {
    return null; // see SignalPublisherTckTest
  }

  @Override
  public long maxElementsFromPublisher() {
    return CAPACITY;
  }

  @AfterMethod
  public void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    open.clear();
  }
}
