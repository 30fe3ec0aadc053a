package org.sigqueue;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** The program of {@link GracefulShutdownJvmTest}: one scenario with a real end. */
final class ShutdownProgram {
  private static final VirtualSignalSource SOURCE = new VirtualSignalSource();
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  private static final CountDownLatch STEP_RUNS = new CountDownLatch(1);

  private ShutdownProgram() {}

  public static void main(String[] args) throws Exception {
    GracefulShutdown.Builder shutdown =
        GracefulShutdown.on(
                SignalNotifier.builder().source(SOURCE).build(), Signal.INT, Signal.TERM)
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
        shutdown.step("hangs", NEVER::await).within(Duration.ofSeconds(5)).install();
        System.exit(5);
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
        shutdown.step("hangs", NEVER::await).within(Duration.ofSeconds(5)).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "hook that hangs" -> {
        Runtime.getRuntime().addShutdownHook(new Thread(ShutdownProgram::hang, "slow hook"));
        shutdown.within(Duration.ofSeconds(5)).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "log that hangs" -> {
        System.setErr(new PrintStream(new Stuck(), true));
        shutdown.within(Duration.ofSeconds(5)).install();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      case "second signal" -> {
        shutdown
            .step(
                "hangs",
                () -> {
                  STEP_RUNS.countDown();
                  NEVER.await();
                })
            .install();
        SOURCE.raise(Signal.INT);
        STEP_RUNS.await();
        SOURCE.raise(Signal.TERM);
        NEVER.await();
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void hang() {
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitExit(Thread main) {
    STEP_RUNS.countDown();
    while (!LastWords.whereabouts(main).contains("ApplicationShutdownHooks")) {
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
