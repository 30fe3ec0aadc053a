package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/**
 * A signal that the process was started with blocked: it is received while it is registered, and
 * else stays blocked and pending. Its default action, of which these children would die, never
 * comes.
 */
@Timeout(120)
class BlockedFromTheStartTest {
  private static final Signal SIGNAL = Signal.USR1;
  private static final int CYCLES = 300;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "registerInAFlood",
        "closeWhileRegistering",
        "stopInManyThreads",
        "resetWhileStopping",
        "enterAndLeaveExclusiveDelivery",
        "enterExclusiveDeliveryAtOnce",
        "stopWhileAnInlineHandlerRuns",
        "startAThreadAndAChild"
      })
  void defaultActionNeverComes(String deed) throws Exception {
    try (Child child = Child.calling(getClass(), deed).blocking(SIGNAL).start()) {
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  /** The one thread that does not block the signal goes on to receive others. */
  static void registerInAFlood(String[] arguments) throws Exception {
    underFire((signals, other) -> {
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        try (SignalChannel channel = SignalChannel.coalescing()) {
          signals.register(channel, SIGNAL);
          Await.event(channel);
          signals.raise(Signal.URG);
          Await.event(other);
          signals.stop(channel);
        }
      }
    });
  }

  /** A registration that is undone ends like one that is closed. */
  static void closeWhileRegistering(String[] arguments) throws Exception {
    underFire((signals, other) -> {
      for (int cycle = 0; cycle < 10 * CYCLES; cycle++) {
        SignalChannel channel = SignalChannel.coalescing();
        Thread closing = new Thread(channel::close);
        closing.start();
        try {
          signals.register(channel, SIGNAL);
        } catch (IllegalStateException e) { // it is closed
        }
        closing.join();
      }
    });
  }

  /** One call may find the signal unwanted that another has stopped, and not waited for yet. */
  static void stopInManyThreads(String[] arguments) throws Exception {
    underFire((signals, other) -> {
      List<Thread> threads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        threads.add(new Thread(() -> registerAndStop(signals)));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    });
  }

  static void resetWhileStopping(String[] arguments) throws Exception {
    underFire((signals, other) -> {
      Thread stopping = new Thread(() -> registerAndStop(signals));
      stopping.start();
      while (stopping.isAlive()) {
        signals.reset(SIGNAL);
      }
    });
  }

  private static void registerAndStop(SignalNotifier signals) {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      for (int cycle = 0; cycle < 5 * CYCLES; cycle++) {
        signals.register(channel, SIGNAL);
        signals.stop(channel);
      }
    }
  }

  static void enterAndLeaveExclusiveDelivery(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalNotifier exclusively = SignalNotifier.builder().exclusive(SIGNAL).build();
        SignalChannel other = SignalChannel.coalescing();
        SignalChannel first = SignalChannel.coalescing();
        SignalChannel second = SignalChannel.coalescing()) {
      signals.register(other, Signal.URG);
      signals.register(first, SIGNAL);
      signals.raise(SIGNAL);
      Await.event(first); // by the handler
      exclusively.register(second, SIGNAL);
      signals.raise(SIGNAL);
      Await.event(second);
      signals.stop(first);
      exclusively.stop(second);
      checkBlocked();
      signals.raise(Signal.URG);
      Await.event(other);
    }
    checkBlocked();
  }

  /** The loop may be about to unblock it for the handler. */
  static void enterExclusiveDeliveryAtOnce(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().exclusive(SIGNAL).build();
        SignalChannel other = SignalChannel.coalescing();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(other, Signal.URG);
      for (int cycle = 0; cycle < 10 * CYCLES; cycle++) {
        signals.register(channel, SIGNAL);
        signals.stop(channel);
      }
      checkBlocked();
    }
    checkBlocked();
  }

  static void stopWhileAnInlineHandlerRuns(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      CountDownLatch runs = new CountDownLatch(1);
      CountDownLatch mayReturn = new CountDownLatch(1);
      signals.register(channel, SIGNAL);
      Registration inline =
          signals.subscribeInline(
              event -> {
                runs.countDown();
                await(mayReturn);
              },
              Signal.URG);
      signals.raise(Signal.URG);
      await(runs);
      signals.stop(channel);
      checkBlocked();
      mayReturn.countDown();
      inline.close();
    }
    checkBlocked();
  }

  /** Both would inherit the mask of the dispatcher. */
  static void startAThreadAndAChild(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      CountDownLatch mayEnd = new CountDownLatch(1);
      BlockingQueue<Long> masks = new LinkedBlockingQueue<>();
      signals.register(channel, SIGNAL);
      signals.raise(SIGNAL);
      Await.event(channel);
      Registration inline =
          signals.subscribeInline(
              event -> {
                new Thread(() -> await(mayEnd)).start();
                masks.add(maskOfAChild());
              },
              Signal.URG);
      signals.raise(Signal.URG);
      Long mask = masks.poll(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
      inline.close();
      signals.stop(channel);
      checkBlocked(); // also in the thread
      mayEnd.countDown();
      assertEquals(maskOfAChild(), mask); // newer JDKs give their children an empty one
    }
    checkBlocked();
  }

  private interface Deed {
    void run(SignalNotifier signals, SignalChannel other) throws Exception;
  }

  /** Raises the signal all the time. The other channel, of URG, keeps the loop. */
  private static void underFire(Deed deed) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel other = SignalChannel.coalescing()) {
      signals.register(other, Signal.URG);
      Thread firing =
          new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
              signals.raise(SIGNAL);
            }
          });
      firing.setDaemon(true);
      firing.start();
      deed.run(signals, other);
      firing.interrupt();
      firing.join();
    }
    checkBlocked();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** All threads block the signal, and one that is sent stays pending. */
  private static void checkBlocked() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      threads.forEach(thread -> assertTrue(isBlocked(statusOf(thread)), statusOf(thread)));
    }
    Signals.process().raise(SIGNAL);
    assertTrue(isIn("ShdPnd", statusOf(Path.of("/proc/self"))));
  }

  private static String statusOf(Path process) {
    try {
      return Files.readString(process.resolve("status"));
    } catch (IOException e) { // the thread has ended
      return "SigBlk:\t" + "f".repeat(16) + "\n";
    }
  }

  private static Long maskOfAChild() {
    try {
      Process child = new ProcessBuilder("cat", "/proc/self/status").start();
      String status = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Child.masks(status).get("SigBlk");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isBlocked(String status) {
    return isIn("SigBlk", status);
  }

  private static boolean isIn(String set, String status) {
    Long bits = Child.masks(status).get(set);
    return bits != null && (bits & 1L << (SIGNAL.number() - 1)) != 0;
  }
}
