package org.sigqueue.shutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualProcess;
import org.sigqueue.testing.VirtualSignalSource;

/** A virtual process whose shutdown is tested. */
@Timeout(120)
abstract class ShutdownTestBase {
  static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);

  /** Long enough for everything that should happen; a test that reaches it has failed. */
  static final Duration LONG = Duration.ofSeconds(90);

  final VirtualSignalSource source = new VirtualSignalSource();
  final VirtualProcess process = source.process();
  final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  final List<String> ran = Collections.synchronizedList(new ArrayList<>());
  final CountDownLatch entered = new CountDownLatch(1);
  final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    notifier.close();
  }

  GracefulShutdown.Builder shutdown(Signal... signals) {
    return GracefulShutdown.on(notifier, signals).within(NEVER).graceTime(NEVER);
  }

  /** A step that does not end before the test releases it, however often it is interrupted. */
  void hang() {
    ran.add("hang");
    entered.countDown();
    while (true) {
      try {
        release.await();
        return;
      } catch (InterruptedException e) {
        ran.add("interrupted");
      }
    }
  }

  static void fail() throws Exception {
    throw new Exception("on purpose, of a test");
  }

  String end() throws Exception {
    return process.awaitEnd(LONG).toString();
  }

  /** Starts the exit of the process by somebody else; returns when its hooks run. */
  Thread exit(int status) throws InterruptedException {
    CountDownLatch hooksRun = new CountDownLatch(1);
    process.addHook(new Thread(hooksRun::countDown, "test-hook"));
    Thread thread = new Thread(() -> process.exit(status), "test-exit");
    thread.start();
    hooksRun.await();
    return thread;
  }
}
