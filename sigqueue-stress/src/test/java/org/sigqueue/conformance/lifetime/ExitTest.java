package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Child;

/**
 * {@link System#exit} ends the process from wherever it is called, and a shutdown hook may close
 * anything of this library: no close hangs.
 */
@Timeout(240)
class ExitTest {
  private static final int TRIES = 30;

  /** What a hook may wait for on a machine that is quiet: the limits of all waits are above it. */
  private static final long QUICK_MILLIS = 500;

  /** The thread that calls exit, and what a hook closes then. */
  static void exitInACallback(String[] arguments) throws Exception {
    SignalNotifier signals = SignalNotifier.builder().build();
    SignalChannel channel = SignalChannel.coalescing();
    signals.register(channel, Signal.USR1, Signal.TERM);
    CountDownLatch exiting = new CountDownLatch(1);
    Runnable exit =
        () -> {
          exiting.countDown();
          System.exit(3);
        };
    AutoCloseable caller =
        switch (arguments[0]) {
          case "callback" -> signals.subscribe(event -> exit.run(), Signal.TERM);
          case "inline" -> signals.subscribeInline(event -> exit.run(), Signal.TERM);
          case "observer" -> signals.observe(event -> exit.run(), Signal.TERM);
          case "second signal" -> contextWithSecondSignal(signals, exit);
          default -> {
            SignalContext context = signals.notifyContext(Signal.TERM);
            context.completion().thenRun(exit);
            yield context;
          }
        };
    AutoCloseable closed =
        switch (arguments[1]) {
          case "itself" -> caller;
          case "channel" -> channel;
          case "notifier" -> signals;
          case "itself and waits" -> () -> ((Registration) caller).close(Duration.ofMillis(100));
          default -> () -> signals.reset(Signal.TERM, Signal.USR1);
        };
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(closed)));
    System.out.println("ready");
    exiting.await();
    Thread.sleep(Long.MAX_VALUE);
  }

  private static SignalContext contextWithSecondSignal(SignalNotifier signals, Runnable exit)
      throws InterruptedException {
    SignalContext context = signals.context(Signal.TERM).secondSignal(event -> exit.run()).start();
    signals.raise(Signal.TERM);
    context.await();
    return context;
  }

  private static void close(AutoCloseable closed) {
    long start = System.nanoTime();
    try {
      closed.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    System.out.println("closed after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }

  @ParameterizedTest
  @CsvSource({
    "callback, itself",
    "callback, itself and waits",
    "callback, channel",
    "callback, notifier",
    "inline, itself",
    "inline, channel",
    "inline, notifier",
    "inline, reset",
    "observer, itself",
    "observer, notifier",
    "context, itself",
    "context, notifier",
    "second signal, itself",
  })
  void exitInACallbackEndsTheProcessWhateverAHookCloses(String caller, String closed)
      throws Exception {
    long quickest = Long.MAX_VALUE;
    // Once quick is proof that nothing is waited for: a busy machine makes any single try slow.
    for (int i = 0; i < TRIES && quickest > QUICK_MILLIS; i++) {
      try (Child child = Child.calling(getClass(), "exitInACallback").start(caller, closed)) {
        child.expect("ready");
        Signals.send(child.pid(), Signal.TERM);
        String line = child.expectStart("closed after ");
        assertEquals("exited 3", child.end(), child::errors);
        quickest = Math.min(quickest, Long.parseLong(line.substring("closed after ".length())));
      }
    }
    assertTrue(quickest <= QUICK_MILLIS, quickest + " ms");
  }
}
