package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.SignalSource;

/** Graceful shutdown over a virtual source, of a process that survives it. */
@Timeout(60)
class GracefulShutdownTest {
  private static final Duration SOON = Duration.ofMillis(500);
  private static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final FakeProcess process = new FakeProcess();
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    notifier.close();
  }

  private GracefulShutdown.Builder shutdown(Signal... signals) {
    return GracefulShutdown.on(notifier, signals).process(process).within(NEVER);
  }

  /** A step that does not end before the test releases it. */
  private void hang() throws InterruptedException {
    ran.add("hang");
    entered.countDown();
    release.await();
  }

  @Test
  void stepsRunInOrderOnAThreadOfTheirOwnAndThenTheProcessExits() throws Exception {
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    GracefulShutdown.Builder builder = shutdown(Signal.INT, Signal.TERM);
    for (int i = 0; i < 5; i++) {
      int step = i;
      builder.step(
          "step " + i,
          () -> {
            threads.add(Thread.currentThread());
            ran.add("step " + step);
          });
    }
    builder.install();
    source.raise(Signal.TERM);
    assertEquals("exit 143", process.awaitEnd());
    assertEquals(List.of("step 0", "step 1", "step 2", "step 3", "step 4"), ran);
    assertEquals(1, threads.stream().distinct().count());
    assertEquals("sigqueue-shutdown", threads.get(0).getName());
    assertFalse(threads.get(0).isDaemon());
  }

  @Test
  void programWithoutStepsExits() throws Exception {
    shutdown(Signal.HUP).install();
    source.raise(Signal.HUP);
    assertEquals("exit 129", process.awaitEnd());
  }

  @Test
  void stepAfterAFailedOneRuns() throws Exception {
    shutdown(Signal.TERM)
        .step(
            "throws",
            () -> {
              throw new Exception("on purpose, of a test");
            })
        .step(
            "throws an error",
            () -> {
              throw new AssertionError("on purpose, of a test");
            })
        .step("last", () -> ran.add("last"))
        .install();
    source.raise(Signal.TERM);
    assertEquals("exit 143", process.awaitEnd());
    assertEquals(List.of("last"), ran);
  }

  @Test
  void interruptOfAStepDoesNotReachTheNext() throws Exception {
    shutdown(Signal.TERM)
        .step("interrupts", () -> Thread.currentThread().interrupt())
        .step("next", () -> ran.add("interrupted: " + Thread.currentThread().isInterrupted()))
        .install();
    source.raise(Signal.TERM);
    process.awaitEnd();
    assertEquals(List.of("interrupted: false"), ran);
  }

  @Test
  void timedStepIsToldWhatIsLeft() throws Exception {
    List<Duration> left = Collections.synchronizedList(new ArrayList<>());
    Duration within = Duration.ofMinutes(5);
    shutdown(Signal.TERM)
        .timedStep("one", left::add)
        .timedStep("two", left::add)
        .within(within)
        .install();
    source.raise(Signal.TERM);
    process.awaitEnd();
    assertTrue(left.get(0).compareTo(within) <= 0, left.toString());
    assertTrue(left.get(1).compareTo(left.get(0)) <= 0, left.toString());
    assertTrue(left.get(1).compareTo(Duration.ZERO) > 0, left.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "HUP, of signal, exit 129", "HUP, 0, exit 0", "HUP, 3, exit 3",
    "INT, of signal, exit 130", "INT, 0, exit 0", "INT, 255, exit 255",
    "TERM, of signal, exit 143", "TERM, 0, exit 0", "TERM, 7, exit 7",
  })
  void exitStatusIsTheChosenOne(String signal, String status, String end) throws Exception {
    shutdown(Signal.of(signal))
        .step("step", () -> ran.add("step"))
        .exitStatus(
            status.equals("of signal")
                ? ExitStatus.ofSignal()
                : ExitStatus.of(Integer.parseInt(status)))
        .install();
    source.raise(Signal.of(signal));
    assertEquals(end, process.awaitEnd());
    assertEquals(List.of("step"), ran);
  }

  @ParameterizedTest
  @CsvSource({"HUP, die 1, exit 129", "INT, die 2, exit 130", "TERM, die 15, exit 143"})
  void deathBySignalComesAfterTheStepsAndExitIfItFails(String signal, String death, String exit)
      throws Exception {
    shutdown(Signal.of(signal))
        .step("step", () -> ran.add("step"))
        .exitStatus(ExitStatus.deathBySignal())
        .install();
    source.raise(Signal.of(signal));
    assertEquals(death, process.awaitEnd());
    assertEquals(List.of("step"), ran);
    assertEquals(exit, process.awaitEnd());
  }

  @Test
  void processThatCannotDieExits() throws Exception {
    process.canDie = false;
    shutdown(Signal.INT).exitStatus(ExitStatus.deathBySignal()).install();
    source.raise(Signal.INT);
    assertEquals("exit 130", process.awaitEnd());
  }

  @Test
  void deadlineHaltsWithTheStatus() throws Exception {
    shutdown(Signal.TERM)
        .step("hangs", this::hang)
        .step("next", () -> ran.add("next"))
        .within(SOON)
        .exitStatus(ExitStatus.of(9))
        .install();
    source.raise(Signal.TERM);
    assertEquals("halt 9", process.awaitEnd());
    entered.await();
    assertEquals(List.of("hang"), ran);
  }

  @Test
  void deadlineIsThatOfAllStepsTogether() throws Exception {
    GracefulShutdown.Builder builder = shutdown(Signal.TERM).within(Duration.ofMillis(500));
    for (int i = 0; i < 300; i++) { // so that not all are done by the time somebody looks
      builder.step("takes a fifth of it", () -> release.await(100, TimeUnit.MILLISECONDS));
    }
    builder.install();
    source.raise(Signal.TERM);
    assertEquals("halt 143", process.awaitEnd());
  }

  @Test
  void deathBySignalIsTheEndAtTheDeadlineToo() throws Exception {
    shutdown(Signal.TERM)
        .step("hangs", this::hang)
        .within(SOON)
        .exitStatus(ExitStatus.deathBySignal())
        .install();
    source.raise(Signal.TERM);
    assertEquals("die 15", process.awaitEnd());
    assertEquals("halt 143", process.awaitEnd());
  }

  @Test
  void secondSignalHaltsWithTheStatusOfTheFirst() throws Exception {
    shutdown(Signal.INT, Signal.TERM).step("hangs", this::hang).install();
    source.raise(Signal.INT);
    entered.await();
    source.raise(Signal.TERM);
    assertEquals("halt 130", process.awaitEnd());
  }

  @Test
  void exitBySomebodyRunsTheStepsAndKeepsItsStatus() throws Exception {
    shutdown(Signal.TERM)
        .step("one", () -> ran.add("one"))
        .step("two", () -> ran.add("two"))
        .install();
    FakeProcess.awaitEndOf(process.startHooks());
    assertEquals(List.of("one", "two"), ran);
    assertTrue(process.ends.isEmpty(), process.ends.toString());
  }

  @Test
  void exitBySomebodyLeavesAHangingStepBehindAtTheDeadline() throws Exception {
    shutdown(Signal.TERM).step("hangs", this::hang).within(SOON).install();
    FakeProcess.awaitEndOf(process.startHooks());
    entered.await();
    assertEquals(List.of("hang"), ran);
    assertTrue(process.ends.isEmpty(), process.ends.toString());
  }

  @Test
  void exitBySomebodyDuringAShutdownWaitsForTheSteps() throws Exception {
    shutdown(Signal.TERM).step("hangs", this::hang).step("next", () -> ran.add("next")).install();
    source.raise(Signal.TERM);
    entered.await();
    List<Thread> hooks = process.startHooks();
    assertTrue(hooks.get(0).isAlive());
    release.countDown();
    FakeProcess.awaitEndOf(hooks);
    assertEquals(List.of("hang", "next"), ran);
    assertEquals("exit 143", process.awaitEnd());
  }

  @Test
  void hookOfOurOwnExitFindsTheStepsDone() throws Exception {
    shutdown(Signal.TERM).step("one", () -> ran.add("one")).install();
    source.raise(Signal.TERM);
    assertEquals("exit 143", process.awaitEnd());
    FakeProcess.awaitEndOf(process.startHooks());
    assertEquals(List.of("one"), ran);
  }

  @Test
  void onlyTheSecondSignalForcesAnExitBySomebody() throws Exception {
    shutdown(Signal.INT, Signal.TERM).step("hangs", this::hang).install();
    List<Thread> hooks = process.startHooks();
    entered.await();
    source.raise(Signal.TERM);
    source.raise(Signal.INT);
    assertEquals("halt 130", process.awaitEnd());
    assertTrue(process.ends.isEmpty(), process.ends.toString());
    release.countDown();
    FakeProcess.awaitEndOf(hooks);
  }

  @Test
  void builderInstallsOnce() {
    GracefulShutdown.Builder builder = shutdown(Signal.TERM);
    builder.install().close();
    assertThrows(IllegalStateException.class, builder::install);
    assertTrue(process.hooks.isEmpty());
  }

  @Test
  void twoShutdownsRunBothTheirSteps() throws Exception {
    FakeProcess same = process;
    shutdown(Signal.TERM).step("hangs", this::hang).install();
    GracefulShutdown.on(notifier, Signal.TERM)
        .process(same)
        .step("other", () -> ran.add("other"))
        .exitStatus(ExitStatus.of(5))
        .install();
    source.raise(Signal.TERM);
    assertEquals("exit 5", process.awaitEnd());
    entered.await();
    List<Thread> hooks = process.startHooks(); // by that exit
    release.countDown();
    FakeProcess.awaitEndOf(hooks);
    assertTrue(ran.containsAll(List.of("hang", "other")), ran.toString());
  }

  @Test
  void closedShutdownDoesNothing() throws Exception {
    GracefulShutdown shutdown = shutdown(Signal.TERM).step("one", () -> ran.add("one")).install();
    Thread hook = process.hooks.iterator().next();
    shutdown.close();
    shutdown.close();
    assertFalse(source.raise(Signal.TERM));
    assertTrue(process.hooks.isEmpty());
    hook.start(); // as if the exit had been faster than close
    FakeProcess.awaitEndOf(List.of(hook));
    assertEquals(List.of(), ran);
  }

  @Test
  void closeDuringAShutdownChangesNothing() throws Exception {
    AtomicReference<GracefulShutdown> self = new AtomicReference<>();
    self.set(
        shutdown(Signal.TERM)
            .step("closes it", () -> self.get().close())
            .step("hangs", this::hang)
            .install());
    source.raise(Signal.TERM);
    entered.await();
    self.get().close();
    assertEquals(1, process.hooks.size());
    source.raise(Signal.TERM);
    assertEquals("halt 143", process.awaitEnd());
  }

  @Test
  void signalThatWasIgnoredAtStartStaysSo() throws Exception {
    VirtualSignalSource ignoring = new VirtualSignalSource();
    SignalSource nohup = ignoredAtStart(ignoring, Signal.HUP);
    try (SignalNotifier other = SignalNotifier.builder().source(nohup).build()) {
      GracefulShutdown.on(other, Signal.HUP, Signal.TERM).process(process).install();
      assertFalse(ignoring.raise(Signal.HUP));
      ignoring.raise(Signal.TERM);
      assertEquals("exit 143", process.awaitEnd());
    }
  }

  @Test
  void shutdownOnNothingButIgnoredSignalsRunsItsStepsOnExit() throws Exception {
    VirtualSignalSource ignoring = new VirtualSignalSource();
    SignalSource nohup = ignoredAtStart(ignoring, Signal.HUP);
    try (SignalNotifier other = SignalNotifier.builder().source(nohup).build()) {
      GracefulShutdown.on(other, Signal.HUP)
          .process(process)
          .step("one", () -> ran.add("one"))
          .install();
      FakeProcess.awaitEndOf(process.startHooks());
      assertEquals(List.of("one"), ran);
    }
  }

  @Test
  void badArgumentsAreRefusedAndNothingIsInstalled() {
    assertThrows(IllegalArgumentException.class, () -> shutdown().install());
    assertThrows(
        UnsupportedSignalException.class, () -> shutdown(Signal.TERM, Signal.KILL).install());
    process.exiting = true;
    assertThrows(IllegalStateException.class, () -> shutdown(Signal.TERM).install());
    assertTrue(source.block().wanted().isEmpty());
    assertTrue(process.hooks.isEmpty());

    GracefulShutdown.Builder builder = shutdown(Signal.TERM);
    assertThrows(IllegalArgumentException.class, () -> builder.within(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.within(Duration.ofMillis(-1)));
    assertThrows(NullPointerException.class, () -> builder.step(null, () -> {}));
    assertThrows(NullPointerException.class, () -> builder.step("name", null));
    assertThrows(NullPointerException.class, () -> builder.exitStatus(null));
    assertThrows(IllegalArgumentException.class, () -> ExitStatus.of(-1));
    assertThrows(IllegalArgumentException.class, () -> ExitStatus.of(256));
  }

  private static SignalSource ignoredAtStart(VirtualSignalSource source, Signal ignored) {
    return (SignalSource)
        Proxy.newProxyInstance(
            SignalSource.class.getClassLoader(),
            new Class<?>[] {SignalSource.class},
            (proxy, method, args) -> {
              if (method.getName().equals("previous") && args[0].equals(ignored.number())) {
                return new Disposition(Disposition.IGNORE, 0, 0, 0, false);
              }
              try {
                return method.invoke(source, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
