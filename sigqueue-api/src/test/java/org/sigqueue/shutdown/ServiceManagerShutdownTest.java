package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.AbstractIdleService;
import com.google.common.util.concurrent.AbstractService;
import com.google.common.util.concurrent.Service;
import com.google.common.util.concurrent.ServiceManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.shutdown.guava.ServiceManagerShutdown;
import org.sigqueue.testing.VirtualSignalSource;

/** Steps that stop the services of a manager. */
@Timeout(120)
class ServiceManagerShutdownTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final Fake database = new Fake("database");
  private final Fake cache = new Fake("cache");
  private final Fake web = new Fake("web");
  private final Fake metrics = new Fake("metrics");
  private final ServiceManager manager =
      new ServiceManager(List.of(web, metrics, database, cache)).startAsync();

  /** A service that stops when it is told to, or when the test wants it. */
  private final class Fake extends AbstractService {
    private final String name;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile boolean stopsByItself = true;

    Fake(String name) {
      this.name = name;
    }

    @Override
    protected void doStart() {
      notifyStarted();
    }

    @Override
    protected void doStop() {
      log.add("stop " + name);
      stopping.countDown();
      if (stopsByItself) {
        stopped();
      }
    }

    void stopped() {
      log.add(name + " stopped");
      notifyStopped();
    }

    void failed() {
      notifyFailed(new IllegalStateException("on purpose, of a test"));
    }

    @Override
    public String toString() {
      return name + " [" + state() + "]";
    }
  }

  private static FutureTask<Void> start(ShutdownStep.TimedAction step, Duration left) {
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          step.run(left);
          return null;
        });
    new Thread(task).start();
    return task;
  }

  @Test
  void allServicesAreStoppedAtTheSameTime() throws Exception {
    List<Fake> all = List.of(database, cache, web, metrics);
    all.forEach(service -> service.stopsByItself = false);
    FutureTask<Void> step = start(ServiceManagerShutdown.of(manager), LONG);
    for (Fake service : all) {
      service.stopping.await();
    }
    all.forEach(Fake::stopped);
    step.get();
    assertTrue(manager.servicesByState().keySet().equals(Set.of(Service.State.TERMINATED)));
  }

  @Test
  void groupsStopFromTheLastToTheFirst() throws Exception {
    web.stopsByItself = false;
    ShutdownStep.TimedAction action =
        ServiceManagerShutdown.of(
            manager, List.of(List.of(database), List.of(cache), List.of(web)));
    FutureTask<Void> step = start(action, LONG);
    web.stopping.await();
    assertEquals(List.of("stop metrics", "metrics stopped", "stop web"), log);
    web.stopped();
    step.get();
    assertEquals(
        List.of(
            "stop metrics",
            "metrics stopped",
            "stop web",
            "web stopped",
            "stop cache",
            "cache stopped",
            "stop database",
            "database stopped"),
        log);
  }

  @Test
  void serviceThatHangsIsNamedAndTheOthersAreStopped() {
    web.stopsByItself = false;
    ShutdownStep.TimedAction action =
        ServiceManagerShutdown.of(manager, List.of(List.of(database), List.of(web)));
    TimeoutException thrown =
        assertThrows(TimeoutException.class, () -> action.run(Duration.ofMillis(10)));
    assertTrue(thrown.getMessage().contains("web [STOPPING]"), thrown.getMessage());
    assertTrue(!thrown.getMessage().contains("database"), thrown.getMessage());
    assertEquals(Service.State.TERMINATED, database.state());
  }

  /** A service whose own thread hangs, as one that waits for its last request. */
  private static final class Hanging extends AbstractIdleService {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private volatile @Nullable Thread stopping;

    @Override
    protected void startUp() {}

    @Override
    protected void shutDown() throws InterruptedException {
      stopping = Thread.currentThread();
      entered.countDown();
      release.await();
    }

    void awaitHang() throws InterruptedException {
      entered.await();
      while (Objects.requireNonNull(stopping).getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void serviceThatHangsIsToldWithTheStackOfItsThread() {
    Hanging hanging = new Hanging();
    ServiceManager other = new ServiceManager(List.of(hanging)).startAsync();
    other.awaitHealthy();
    ShutdownStep.TimedAction action =
        left -> {
          other.stopAsync();
          hanging.awaitHang();
          ServiceManagerShutdown.of(other).run(left);
        };
    TimeoutException thrown =
        assertThrows(TimeoutException.class, () -> action.run(Duration.ofMillis(10)));
    hanging.release.countDown();
    String message = thrown.getMessage();
    assertTrue(message.contains("still running: [Hanging [STOPPING]]"), message);
    assertTrue(message.contains("Hanging [STOPPING]: thread 'Hanging STOPPING', WAITING"), message);
    assertTrue(message.contains("ServiceManagerShutdownTest$Hanging.shutDown("), message);
  }

  @Test
  void serviceThatHangsIsNamedBeforeItsStepIsLeftBehind() throws Exception {
    web.stopsByItself = false;
    ShutdownReport report = stopWithin(Duration.ofSeconds(5));
    if (report.steps(ShutdownReport.Result.FAILED).isEmpty()) { // this machine was too slow
      report = stopWithin(Duration.ofSeconds(30));
    }
    assertEquals(List.of("services"), report.steps(ShutdownReport.Result.FAILED));
    assertTrue(log.contains("next"), log.toString());
  }

  private ShutdownReport stopWithin(Duration limit) throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier notifier = SignalNotifier.builder().source(source).build()) {
      GracefulShutdown shutdown =
          GracefulShutdown.on(notifier, Signal.TERM)
              .step(ShutdownStep.timed("services", ServiceManagerShutdown.of(manager)).limit(limit))
              .step("next", () -> log.add("next"))
              .within(LONG)
              .install();
      source.raise(Signal.TERM);
      assertEquals(ExitStatus.FAILED, source.process().awaitEnd(LONG).status());
      return shutdown.report().orElseThrow();
    }
  }

  @Test
  void failedServiceDoesNotKeepTheOthersFromStopping() throws Exception {
    web.failed();
    ServiceManagerShutdown.of(manager, List.of(List.of(database), List.of(web))).run(LONG);
    assertEquals(Service.State.TERMINATED, database.state());
    assertEquals(Service.State.FAILED, web.state());
  }

  @Test
  void serviceThatIsNotTheManagersOrTwiceThereIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> ServiceManagerShutdown.of(manager, List.of(List.of(new Fake("stranger")))));
    assertThrows(
        IllegalArgumentException.class,
        () -> ServiceManagerShutdown.of(manager, List.of(List.of(web), List.of(web))));
  }

  @Test
  void shutdownStopsTheServices() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier notifier = SignalNotifier.builder().source(source).build()) {
      GracefulShutdown.on(notifier, Signal.TERM)
          .timedStep("services", ServiceManagerShutdown.of(manager))
          .install();
      source.raise(Signal.TERM);
      assertEquals(143, source.process().awaitEnd(LONG).status());
      assertEquals(Service.State.TERMINATED, web.state());
    }
  }
}
