package org.sigqueue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.LockSupport;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.AfterMethod;

/**
 * The Reactive Streams TCK over a virtual source: streams that go on for ever, while a thread
 * raises the signal.
 */
public class SignalPublisherTckTest extends FlowPublisherVerification<SignalEvent> {
  private static final long TIMEOUT_MILLIS = 10_000;
  private static final long POLL_MILLIS = 3000; // the limit for errors
  private static final long NO_SIGNALS_MILLIS = 100;
  private static final long PAUSE_NANOS = 20_000; // leaves the processors to the rest

  private final List<Thread> raisers = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();

  public SignalPublisherTckTest() {
    super(new TestEnvironment(TIMEOUT_MILLIS, NO_SIGNALS_MILLIS, POLL_MILLIS));
  }

  @Override
  public Flow.Publisher<SignalEvent> createFlowPublisher(long elements) {
    VirtualSignalSource source = new VirtualSignalSource();
    Thread raiser =
        new Thread(() -> {
          while (!Thread.interrupted()) {
            source.raise(Signal.USR1);
            LockSupport.parkNanos(PAUSE_NANOS);
          }
        });
    raiser.start();
    raisers.add(raiser);
    return publisher(source, Signal.USR1);
  }

  @Override
  public Flow.Publisher<SignalEvent> createFailedFlowPublisher() {
    return publisher(new VirtualSignalSource(), Signal.KILL);
  }

  @Override
  public long maxElementsFromPublisher() {
    return publisherUnableToSignalOnComplete();
  }

  @AfterMethod
  public void close() throws Exception {
    for (Thread raiser : raisers) {
      raiser.interrupt();
      raiser.join();
    }
    raisers.clear();
    for (AutoCloseable each : open) {
      each.close();
    }
    open.clear();
  }

  private SignalPublisher publisher(VirtualSignalSource source, Signal signal) {
    SignalNotifier notifier = SignalNotifier.builder().source(source).build();
    ExecutorService executor = Executors.newCachedThreadPool();
    Dependents dependents = new Dependents(executor);
    open.add(dependents::close);
    open.add(notifier);
    open.add(executor::shutdown);
    return SignalPublisher.on(notifier, dependents, SignalPublisher.DEFAULT_CAPACITY, signal);
  }
}
