package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ServiceManager;
import java.time.Duration;
import org.slf4j.Logger;

/** The examples of the Javadoc, compiled; JavadocExamplesTest compares the text. */
final class JavadocExamples {
  interface Configuration {
    void reload();
  }

  interface Server {
    void pause();

    void drain();
  }

  interface Pool {
    void close();
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
    GracefulShutdown.on(Signal.INT, Signal.TERM)
        .step("refuse new requests", server::pause)
        .step("finish the others", server::drain)
        .step("close the database", pool::close)
        .within(Duration.ofSeconds(20))
        .exitStatus(ExitStatus.of(0))
        .install();
  }

  static void services(ServiceManager manager) {
    GracefulShutdown.on(Signal.TERM)
        .timedStep("services", ServiceManagerShutdown.of(manager))
        .install();
  }
}
