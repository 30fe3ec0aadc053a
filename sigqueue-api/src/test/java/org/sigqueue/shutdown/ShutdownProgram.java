package org.sigqueue.shutdown;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The program of {@link GracefulShutdownJvmTest}: one scenario with a real end. */
final class ShutdownProgram {
  /** All that has to happen before it does so in a fraction of this. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final VirtualSignalSource SOURCE = new VirtualSignalSource();
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  private static final CountDownLatch STEP_RUNS = new CountDownLatch(1);

  private ShutdownProgram() {}

  public static void main(String[] args) throws Exception {
    // Else it is set up with the first line, in the second for which an end waits for its log.
    ILoggerFactory unused = LoggerFactory.getILoggerFactory();
    SignalNotifier notifier = SignalNotifier.builder().source(SOURCE).build();
    GracefulShutdown.Builder shutdown =
        GracefulShutdown.on(notifier, Signal.INT, Signal.TERM)
            .process(new JvmProcess(SOURCE))
            .step("one", () -> System.out.println("one"));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    switch (args[0]) {
      case "signal" -> {
        shutdown.step("two", () -> System.out.println("two")).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "chosen status" -> {
        shutdown.exitStatus(ExitStatus.of(0)).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "two shutdowns" -> {
        GracefulShutdown good = shutdown.exitStatus(ExitStatus.of(0)).install();
        GracefulShutdown.on(notifier, Signal.TERM)
            .process(new JvmProcess(SOURCE))
            .step(
                "fails when the other one is done",
                () -> {
                  while (good.report().isEmpty()) {
                    Thread.sleep(1);
                  }
                  throw new Exception("on purpose, of a test");
                })
            .exitStatus(ExitStatus.of(0))
            .install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "two shutdowns of which one hangs" -> {
        shutdown.step("hangs", ShutdownProgram::hangInAStep).install();
        GracefulShutdown done =
            GracefulShutdown.on(notifier, Signal.TERM)
                .process(new JvmProcess(SOURCE))
                .graceTime(Duration.ZERO)
                .install();
        SOURCE.raise(Signal.TERM);
        STEP_RUNS.await();
        while (done.report().isEmpty() || leaders() > 1) {
          Thread.onSpinWait();
        }
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "no death" -> {
        shutdown.exitStatus(ExitStatus.deathBySignal()).install();
        SOURCE.raise(Signal.INT);
        NEVER.await();
      }
      case "end of main" -> shutdown.install();
      case "end of main during the steps" -> {
        Thread main = Thread.currentThread();
        shutdown
            .step(
                "outlives main",
                () -> {
                  STEP_RUNS.countDown();
                  main.join();
                })
            .step("two", () -> System.out.println("two"))
            .install();
        SOURCE.raise(Signal.TERM);
        STEP_RUNS.await();
      }
      case "exit" -> {
        shutdown.install();
        System.exit(5);
      }
      case "exit with a step that hangs" -> {
        shutdown.step("hangs", Duration.ofHours(1), NEVER::await).within(DEADLINE).install();
        System.exit(5);
      }
      case "begin" -> {
        GracefulShutdown installed =
            shutdown.step("two", () -> System.out.println("two")).install();
        installed.begin(3, "the disk is full");
      }
      case "exit during the steps" -> {
        Thread main = Thread.currentThread();
        shutdown
            .step("waits for the exit", () -> awaitExit(main))
            .step("two", () -> System.out.println("two"))
            .install();
        SOURCE.raise(Signal.TERM);
        STEP_RUNS.await();
        System.exit(4);
      }
      case "exit by a step" -> {
        shutdown
            .step("exits", () -> System.exit(9))
            .step("two", () -> System.out.println("two"))
            .install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "step that hangs" -> {
        shutdown
            .step("hangs", Duration.ofSeconds(2), NEVER::await) // enough to come there
            .step("two", () -> System.out.println("two"))
            .exitStatus(ExitStatus.of(0))
            .install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "full heap" -> {
        shutdown.step("hangs", ShutdownProgram::hangWithoutMemory).within(DEADLINE).install();
        SOURCE.raise(Signal.TERM);
        STEP_RUNS.await();
        fill();
      }
      case "hook that hangs" -> {
        Runtime.getRuntime().addShutdownHook(new Thread(ShutdownProgram::hang, "slow hook"));
        shutdown.within(DEADLINE).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "log that hangs" -> {
        System.setErr(new PrintStream(new Stuck(), true));
        shutdown.within(DEADLINE).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "second signal" -> {
        shutdown.step("hangs", ShutdownProgram::hangInAStep).graceTime(Duration.ZERO).install();
        SOURCE.raise(Signal.INT);
        STEP_RUNS.await();
        SOURCE.raise(Signal.INT);
        NEVER.await();
      }
      case "repeated signal" -> {
        shutdown
            .step(
                "ends",
                () -> {
                  CountDownLatch seen = new CountDownLatch(1);
                  notifier.subscribeInline(any -> seen.countDown(), Signal.INT); // after ours
                  SOURCE.raise(Signal.TERM);
                  SOURCE.raise(Signal.INT);
                  seen.await();
                })
            .step("two", () -> System.out.println("two"))
            .graceTime(Duration.ofHours(1))
            .exitStatus(ExitStatus.of(0))
            .install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "second signal during the hooks" -> {
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() -> {
                  SOURCE.raise(Signal.INT);
                  hang();
                }));
        shutdown.graceTime(Duration.ZERO).install();
        SOURCE.raise(Signal.INT);
        NEVER.await();
      }
      case "second signal during an exit by somebody" -> {
        GracefulShutdown installed = shutdown.graceTime(Duration.ZERO).install();
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() -> {
                  awaitSteps(installed);
                  SOURCE.raise(Signal.INT);
                  SOURCE.raise(Signal.INT);
                  hang();
                }));
        System.exit(0);
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Takes all memory to the last bytes, and again what others give back. */
  private static void fill() {
    Object @Nullable [] hoard = null;
    for (boolean told = false; ; ) {
      for (int size = 1 << 20; size > 0; size /= 2) {
        try {
          while (true) {
            hoard = new Object[] {hoard, new byte[size]};
          }
        } catch (OutOfMemoryError e) {
          // Smaller ones may fit.
        }
      }
      if (!told) {
        hoard = null; // to print takes memory
        System.out.println("full");
        told = true;
      }
    }
  }

  /** A latch makes an object, and throws if it cannot. */
  private static void hangWithoutMemory() {
    STEP_RUNS.countDown();
    while (true) {
      LockSupport.park();
    }
  }

  private static void hangInAStep() {
    STEP_RUNS.countDown();
    hang();
  }

  private static void hang() {
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitSteps(GracefulShutdown shutdown) {
    while (shutdown.report().isEmpty() || leaders() > 0) {
      Thread.onSpinWait();
    }
  }

  private static long leaders() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sigqueue-shutdown"))
        .count();
  }

  private static void awaitExit(Thread main) {
    STEP_RUNS.countDown();
    while (!Whereabouts.of(main).contains("ApplicationShutdownHooks")) {
      Thread.onSpinWait();
    }
  }

  private static final class Stuck extends OutputStream {
    @Override
    public void write(int b) {
      hang();
    }
  }
}
