package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;

/** The reports of a subscriber that fails again and again. */
@Timeout(120)
class FailureReportTest {
  /** It is code of a user, which may be slow, and say something else each time. */
  @Test
  void textOfTheHandlerIsAskedForOnceForEachSignalAndOnAnotherThread() throws Exception {
    BlockingQueue<Thread> askers = new LinkedBlockingQueue<>();
    Object handler =
        new Object() {
          private int count;

          @Override
          public String toString() {
            askers.add(Thread.currentThread());
            return "handler in its state " + count++;
          }
        };
    Log.FailureReport report = new Log.FailureReport("the handler: ", handler);
    IllegalStateException failure = new IllegalStateException("on purpose");
    for (int i = 0; i < 100; i++) {
      report.failed(Signal.HUP, failure);
    }
    assertNotSame(Thread.currentThread(), askers.take());
    report.failed(Signal.INT, failure);
    assertNotSame(Thread.currentThread(), askers.take());
    for (int i = 0; i < 100; i++) {
      report.failed(Signal.INT, failure);
      report.failed(Signal.HUP, failure);
    }
    assertEquals(0, askers.size());
  }
}
