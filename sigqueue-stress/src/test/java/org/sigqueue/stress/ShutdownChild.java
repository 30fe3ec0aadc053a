package org.sigqueue.stress;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.ProcessExit;
import org.sigqueue.shutdown.ShutdownStep;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * The program of {@link GracefulShutdownProcessTest}: waits for signals, and shuts down with the
 * status that is its first argument. The second names the fault.
 */
final class ShutdownChild {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private ShutdownChild() {}

  public static void main(String[] args) throws Exception {
    // Else it is set up with the first line, in the second for which an end waits for its log.
    ILoggerFactory unused = LoggerFactory.getILoggerFactory();
    GracefulShutdown.Builder builder =
        GracefulShutdown.on(Signal.HUP, Signal.INT, Signal.TERM)
            .exitStatus(
                switch (args[0]) {
                  case "signal" -> ExitStatus.ofSignal();
                  case "death" -> ExitStatus.deathBySignal();
                  default -> ExitStatus.of(Integer.parseInt(args[0]));
                })
            .step("one", () -> System.out.println("one"));
    if (args[1].startsWith("step hangs")) {
      ShutdownStep hangs =
          ShutdownStep.of(
              "hangs",
              () -> {
                System.out.println("hangs");
                NEVER.await();
              });
      builder.step(args[1].endsWith("ever") ? hangs : hangs.limit(Duration.ofSeconds(3)));
    }
    if (!args[1].contains("hook hangs")) {
      builder.step("two", () -> System.out.println("two"));
    }
    if (args[1].equals("exit by somebody before ours")) {
      builder.process(new Overtaken(ProcessExit.of(Signals.process().source())));
    }
    if (args[1].endsWith("soon")) {
      builder.within(Duration.ofSeconds(8));
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                args[1].contains("hook hangs")
                    ? ShutdownChild::hang
                    : () -> System.out.println("hook"),
                "the hook"));
    GracefulShutdown shutdown = builder.graceTime(Duration.ZERO).install();
    if (args[1].equals("close")) {
      shutdown.close();
    }
    System.out.println("ready " + ProcessHandle.current().pid());
    if (args[1].endsWith("exit")) {
      System.exit(0);
    }
    NEVER.await();
  }

  /** This process, which somebody else ends just before the shutdown does. */
  private record Overtaken(ProcessExit process) implements ProcessExit {
    @Override
    public void exit(int status) {
      CountDownLatch exiting = new CountDownLatch(1);
      process.addHook(new Thread(exiting::countDown));
      new Thread(() -> System.exit(5)).start();
      try {
        exiting.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      process.exit(status);
    }

    @Override
    public void halt(int status) {
      process.halt(status);
    }

    @Override
    public void dieOnExit(@Nullable Signal signal) {
      process.dieOnExit(signal);
    }

    @Override
    public void addHook(Thread hook) {
      process.addHook(hook);
    }

    @Override
    public void removeHook(Thread hook) {
      process.removeHook(hook);
    }
  }

  private static void hang() {
    System.out.println("hook hangs");
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
