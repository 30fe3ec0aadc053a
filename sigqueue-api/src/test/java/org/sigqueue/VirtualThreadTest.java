package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * Virtual threads that wait for signals leave their carrier to others: many wait at a time on the
 * one carrier that there is, and another, which needs it too, raises the signals.
 */
@Timeout(400)
class VirtualThreadTest {
  @TempDir Path directory;

  @Test
  void waitingDoesNotPinTheCarrier() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads here");
    ChildJvm.Result result = new ChildJvm(directory).withOneCarrier().run(Program.class);
    assertEquals(List.of("all wait", "all received"), result.out(), result::log);
  }

  /** One carrier for all. */
  static final class Program {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int EACH = 10;

    private Program() {}

    public static void main(String[] arguments) throws Exception {
      VirtualSignalSource source = new VirtualSignalSource();
      List<Future<?>> waiters = new ArrayList<>();
      try (SignalNotifier notifier = SignalNotifier.builder().source(source).build()) {
        ExecutorService threads =
            (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        for (int i = 0; i < EACH; i++) {
          SignalChannel one = SignalChannel.coalescing();
          SignalChannel two = SignalChannel.queueing(4);
          SignalChannel three = SignalChannel.coalescing();
          for (SignalChannel channel : List.of(one, two, three)) {
            notifier.register(channel, Signal.USR1);
          }
          SignalContext context = notifier.notifyContext(Signal.USR1);
          List<Callable<Object>> waits =
              List.of(
                  one::take, () -> two.poll(SOON), () -> three.iterator().next(), context::await);
          waits.forEach(wait -> waiters.add(threads.submit(wait)));
        }
        // Runs after those before it have come to wait: the one carrier takes them in this order.
        threads.submit(() -> System.out.println("all wait")).get(60, TimeUnit.SECONDS);
        threads.submit(() -> source.raise(Signal.USR1)).get(60, TimeUnit.SECONDS);
        for (Future<?> waiter : waiters) {
          waiter.get(60, TimeUnit.SECONDS);
        }
        System.out.println("all received");
      } catch (Throwable e) {
        System.out.println(e);
      } finally {
        Runtime.getRuntime().halt(0); // also if a pinned thread holds the carrier
      }
    }
  }
}
