package org.sigqueue.stress;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.sigqueue.ExitStatus;
import org.sigqueue.GracefulShutdown;
import org.sigqueue.Signal;

/**
 * The program of {@link GracefulShutdownProcessTest}: waits for signals, and shuts down with a
 * status. Its further arguments: {@code hang} in a step, {@code close} the shutdown at once.
 */
final class ShutdownChild {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private ShutdownChild() {}

  public static void main(String[] args) throws Exception {
    GracefulShutdown.Builder builder =
        GracefulShutdown.on(Signal.HUP, Signal.INT, Signal.TERM)
            .exitStatus(
                switch (args[0]) {
                  case "signal" -> ExitStatus.ofSignal();
                  case "death" -> ExitStatus.deathBySignal();
                  default -> ExitStatus.of(Integer.parseInt(args[0]));
                })
            .step("one", () -> System.out.println("one"));
    switch (args[1]) {
      case "hang" ->
          builder
              .step(
                  "hangs",
                  () -> {
                    System.out.println("hangs");
                    NEVER.await();
                  })
              .within(Duration.ofSeconds(5));
      case "hang for ever" ->
          builder.step(
              "hangs",
              () -> {
                System.out.println("hangs");
                NEVER.await();
              });
      default -> builder.step("two", () -> System.out.println("two"));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    GracefulShutdown shutdown = builder.install();
    if (args[1].equals("close")) {
      shutdown.close();
    }
    System.out.println("ready " + ProcessHandle.current().pid());
    NEVER.await();
  }
}
