package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.Repetitions.Request;
import org.sigqueue.testing.VirtualSignal;

/** One stop that arrives as several signals is one stop; a person who insists is heard. */
class RepeatedSignalsTest extends ShutdownTestBase {
  @Test
  void signalsAreToldApartByNumberAndTime() {
    Repetitions repetitions = new Repetitions(1000);
    assertEquals(Request.NEW, repetitions.add(Signal.HUP, Long.MAX_VALUE - 100));
    assertEquals(Request.SAME, repetitions.add(Signal.HUP, Long.MAX_VALUE));
    assertEquals(Request.NEW, repetitions.add(Signal.TERM, Long.MIN_VALUE)); // a nanosecond later
    assertEquals(Request.SAME, repetitions.add(Signal.HUP, Long.MIN_VALUE + 898));
    assertEquals(Request.FORCE, repetitions.add(Signal.HUP, Long.MIN_VALUE + 899));
    assertEquals(Request.SAME, repetitions.add(Signal.TERM, Long.MIN_VALUE + 999));
    assertEquals(Request.FORCE, repetitions.add(Signal.TERM, Long.MIN_VALUE + 1000));
  }

  @Test
  void withoutAGraceTimeEachRepetitionForces() {
    Repetitions repetitions = new Repetitions(0);
    assertEquals(Request.NEW, repetitions.add(Signal.HUP, 5));
    assertEquals(Request.FORCE, repetitions.add(Signal.HUP, 5));
  }

  @Test
  void terminalAndWrapperThatForwardsAreOneStop() throws Exception {
    GracefulShutdown shutdown = install(NEVER);
    source.raise(VirtualSignal.of(Signal.INT).fromKernel());
    entered.await();
    source.raise(VirtualSignal.of(Signal.INT).from(4711, 1000));
    source.raise(VirtualSignal.of(Signal.INT).from(4711, 1000));
    drains(shutdown);
  }

  @Test
  void interruptAndTheTermOfAParentAreOneStop() throws Exception {
    GracefulShutdown shutdown = install(Duration.ZERO); // however late the parent is
    source.raise(VirtualSignal.of(Signal.INT).fromKernel());
    entered.await();
    source.raise(VirtualSignal.of(Signal.TERM).from(4711, 1000));
    source.raise(VirtualSignal.of(Signal.HUP).from(4711, 1000));
    drains(shutdown);
  }

  private void drains(GracefulShutdown shutdown) throws Exception {
    assertEquals(Optional.empty(), process.end());
    release.countDown();
    assertEquals("EXIT 0", end());
    assertEquals(
        List.of("drain"), shutdown.report().orElseThrow().steps(ShutdownReport.Result.DONE));
  }

  @Test
  void secondInterruptAfterTheGraceTimeHalts() throws Exception {
    install(Duration.ZERO);
    source.raise(VirtualSignal.of(Signal.INT).fromKernel());
    entered.await();
    source.raise(VirtualSignal.of(Signal.INT).fromKernel());
    assertEquals("HALT 124", end());
  }

  @Test
  void secondInterruptHaltsHooksThatHang() throws Exception {
    process.addHook(new Thread(this::hang, "hangs"));
    GracefulShutdown.on(notifier, Signal.INT)
        .within(NEVER)
        .graceTime(Duration.ZERO)
        .exitStatus(ExitStatus.of(0))
        .install();
    source.raise(VirtualSignal.of(Signal.INT).fromKernel());
    entered.await(); // the steps are done, the exit has begun
    assertEquals(Optional.empty(), process.end());
    source.raise(VirtualSignal.of(Signal.INT).fromKernel());
    assertEquals("HALT 124", end());
  }

  @Test
  void secondInterruptHaltsAnExitBySomebodyElse() throws Exception {
    install(Duration.ZERO);
    exit(5);
    entered.await();
    source.raise(Signal.TERM);
    source.raise(Signal.INT);
    assertEquals(Optional.empty(), process.end());
    source.raise(Signal.INT);
    assertEquals("HALT 124", end());
  }

  private GracefulShutdown install(Duration graceTime) {
    return GracefulShutdown.on(notifier, Signal.HUP, Signal.INT, Signal.TERM)
        .step("drain", this::hang)
        .within(NEVER)
        .graceTime(graceTime)
        .exitStatus(ExitStatus.of(0))
        .install();
  }
}
