package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;

/** The native library is there and cannot be loaded: signals come through the JDK. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class FallbackTest {
  private static Child.Options receiving() {
    return Child.calling(FallbackTest.class, "receive");
  }

  private static void assertReceivesWithoutDetails(Child.Options options, String why)
      throws Exception {
    try (Child child = options.start()) {
      child.expect("ready");
      String warning = "signals come through sun.misc.Signal";
      child.awaitError(warning);
      child.awaitError(why);
      Signals.send(child.pid(), Signal.USR1);
      child.expect("SIGUSR1, known: false");
      child.expect("NOT_SUPPORTED_BY_SOURCE");
      Signals.send(child.pid(), Signal.TERM);
      assertEquals("exited 143", child.end(), child::errors);
      int at = child.errors().indexOf(warning);
      assertTrue(at >= 0 && at == child.errors().lastIndexOf(warning), child::errors);
    }
  }

  static void receive(String[] arguments) throws Exception {
    SignalChannel channel = SignalChannel.coalescing();
    Signals.notify(channel, Signal.USR1);
    System.out.println("ready");
    SignalEvent event = Await.event(channel);
    System.out.println(event.signal() + ", known: " + event.hasDetails());
    System.out.println(Signals.process().status(Signal.rtMin(0)).kind());
    Await.until("the process ends", () -> false);
  }

  @Test
  void libraryThatCannotBeExtracted() throws Exception {
    assertReceivesWithoutDetails(
        receiving().java("-Djava.io.tmpdir=/nonexistent", "-Duser.home=/nonexistent"),
        "cannot load the native library");
  }

  @Test
  void libraryForAnotherSystem() throws Exception {
    assertReceivesWithoutDetails(
        receiving().java("-Dos.name=Plan 9"), "the library in the jar for plan 9");
  }

  @Test
  void deniedNativeAccess() throws Exception {
    assumeTrue(Runtime.version().feature() >= 24, "native access cannot be denied");
    assertReceivesWithoutDetails(
        receiving().denyingNativeAccess(), "--enable-native-access=ALL-UNNAMED");
  }

  /** A death by signal is out of reach; the status says which signal it was. */
  @Test
  void gracefulShutdown() throws Exception {
    Child.Options options =
        Child.calling(getClass(), "shutDown")
            .java("-Djava.io.tmpdir=/nonexistent", "-Duser.home=/nonexistent");
    try (Child child = options.start()) {
      child.expect("ready");
      Signals.send(child.pid(), Signal.TERM);
      child.expect("step");
      child.expect("hook");
      assertEquals("exited 143", child.end(), child::errors);
      assertTrue(child.errors().contains("cannot die by SIGTERM"), child::errors);
    }
  }

  static void shutDown(String[] arguments) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    GracefulShutdown.on(Signal.TERM)
        .step("step", () -> System.out.println("step"))
        .within(Duration.ofSeconds(60))
        .exitStatus(ExitStatus.deathBySignal())
        .install();
    System.out.println("ready");
    Await.until("the process ends", () -> false);
  }
}
