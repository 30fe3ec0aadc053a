package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ServiceManager;
import java.time.Duration;
import java.util.List;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.ShutdownReport;
import org.sigqueue.shutdown.ShutdownReport.Outcome;
import org.sigqueue.shutdown.ShutdownReport.Result;
import org.sigqueue.shutdown.ShutdownStep;
import org.sigqueue.shutdown.StepGroup;
import org.sigqueue.shutdown.SystemdNotifier;
import org.sigqueue.shutdown.guava.ServiceManagerShutdown;
import org.sigqueue.testing.VirtualSignal;
import org.sigqueue.testing.VirtualSignalSource;
import org.slf4j.Logger;

/** The examples of the Javadoc, compiled; JavadocExamplesTest compares the text. */
final class JavadocExamples {
  interface Configuration {
    void reload();
  }

  interface Server {
    void pause();

    void drain();

    boolean isHealthy();
  }

  interface Pool {
    void close();
  }

  interface Mailer {
    void stop();
  }

  interface Application {
    GracefulShutdown installShutdown(SignalNotifier signals);
  }

  private JavadocExamples() {}

  static void signals(Logger log, Configuration configuration) {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, Signal.HUP);
      for (SignalEvent event : channel) {
        log.info("{}: reload", event);
        configuration.reload();
      }
    }
  }

  static void context(Logger log) throws InterruptedException {
    try (SignalContext context = Signals.notifyContext(Signal.INT, Signal.TERM)) {
      if (context.await() instanceof SignalContext.BySignal end) {
        log.info("ending because of {}", end.event());
      }
    }
  }

  static void test(Configuration configuration) {
    VirtualSignalSource source = new VirtualSignalSource();
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      signals.subscribe(event -> configuration.reload(), Signal.HUP); // what is to be tested
      assertTrue(source.raise(Signal.HUP));
    }
  }

  static void shutdown(Server server, Pool pool) {
    GracefulShutdown shutdown =
        GracefulShutdown.on(Signal.INT, Signal.TERM)
            .step("refuse new requests", server::pause)
            .step("finish the others", server::drain)
            .step("close the database", pool::close)
            .within(Duration.ofSeconds(20))
            .exitStatus(ExitStatus.of(0))
            .install();
    shutdown.close();
  }

  static void components(Server server, Pool pool, Mailer mailer) {
    StepGroup components = StepGroup.sideBySide("components");
    GracefulShutdown.on(Signal.TERM)
        .step("refuse new requests", server::pause)
        .group(components)
        .step("close the database", pool::close)
        .install();
    components.add(ShutdownStep.of("mailer", mailer::stop).limit(Duration.ofSeconds(3)));
  }

  static void origin(VirtualSignalSource source) {
    source.raise(VirtualSignal.of(Signal.TERM).from(1, 0)); // as init sends it
    source.raise(VirtualSignal.of(Signal.INT).fromKernel()); // as Ctrl-C does
  }

  static void shutdownTest(
      VirtualSignalSource source, SignalNotifier signals, Application application)
      throws Exception {
    GracefulShutdown shutdown = application.installShutdown(signals); // what is to be tested
    source.raise(Signal.TERM);
    assertEquals(0, source.process().awaitEnd(Duration.ofMinutes(1)).status());
    ShutdownReport report = shutdown.report().orElseThrow();
    assertEquals(Outcome.COMPLETED, report.outcome());
    assertEquals(List.of("drain", "close the database"), report.steps(Result.DONE));
  }

  static void systemd(Configuration configuration, Server server) {
    SystemdNotifier systemd = SystemdNotifier.ofProcess();
    Signals.subscribe(event -> systemd.reload(configuration::reload), Signal.HUP);
    systemd.watchdog(server::isHealthy);
    systemd.ready();
  }

  static void services(ServiceManager manager) {
    GracefulShutdown.on(Signal.TERM)
        .timedStep("services", ServiceManagerShutdown.of(manager))
        .install();
  }
}
