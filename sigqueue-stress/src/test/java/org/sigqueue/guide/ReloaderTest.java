package org.sigqueue.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.ShutdownReport;
import org.sigqueue.shutdown.ShutdownReport.Outcome;
import org.sigqueue.shutdown.ShutdownReport.Result;
import org.sigqueue.testing.ProcessEnd;
import org.sigqueue.testing.VirtualSignal;
import org.sigqueue.testing.VirtualSignalSource;

/** The test of docs/guide/unit-tests.md. */
class ReloaderTest {
  private static final Duration DEADLINE = Duration.ofMinutes(1); // a busy machine is slow

  /** What is to be tested gets its notifier from outside. */
  static final class Reloader {
    final BlockingQueue<String> log = new ArrayBlockingQueue<>(16);

    Reloader(SignalNotifier signals) {
      signals.subscribe(
          event -> log.add("reload for " + event.sender().orElseThrow().uid()), Signal.HUP);
    }

    GracefulShutdown installShutdown(SignalNotifier signals) {
      return GracefulShutdown.on(signals, Signal.TERM)
          .step("drain", () -> log.add("drained"))
          .step("close", () -> log.add("closed"))
          .exitStatus(ExitStatus.of(0))
          .install();
    }
  }

  @Test
  void hupReloads() throws InterruptedException {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      Reloader reloader = new Reloader(signals);
      assertTrue(source.raise(VirtualSignal.of(Signal.HUP).from(1, 1000)));
      assertEquals("reload for 1000", reloader.log.poll(1, TimeUnit.MINUTES));
    }
  }

  @Test
  void termDrainsBeforeItCloses() throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      Reloader reloader = new Reloader(signals);
      GracefulShutdown shutdown = reloader.installShutdown(signals);
      source.raise(Signal.TERM);
      ProcessEnd end = source.process().awaitEnd(DEADLINE); // ends no JVM
      assertEquals(0, end.status());
      ShutdownReport report = shutdown.report().orElseThrow();
      assertEquals(Outcome.COMPLETED, report.outcome());
      assertEquals(List.of("drain", "close"), report.steps(Result.DONE));
      assertEquals(List.of("drained", "closed"), List.copyOf(reloader.log));
    }
  }
}
