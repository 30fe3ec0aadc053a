package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log of a shutdown does not keep the process alive. */
@Timeout(120)
class BoundedLoggingTest {
  private final BoundedLogging log = new BoundedLogging();
  private final List<String> written = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch never = new CountDownLatch(1);

  private void block() {
    try {
      never.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void linesAreWrittenInOrder() {
    for (int i = 0; i < 100; i++) {
      String line = "line " + i;
      log.write(() -> written.add(line));
    }
    log.write(never::countDown);
    block(); // and not flush, which may give up on a busy machine
    assertEquals(100, written.size());
    assertEquals("line 0", written.get(0));
    assertEquals("line 99", written.get(99));
  }

  @Test
  void logThatThrowsDoesNotKeepTheNextLineBack() {
    log.write(() -> {
      throw new AssertionError("on purpose, of a test");
    });
    log.write(never::countDown);
    block();
  }

  @Test
  void logThatBlocksIsLeftBehind() {
    log.write(this::block);
    log.write(() -> written.add("never"));
    log.flush();
    assertEquals(List.of(), written);
    never.countDown();
  }

  @Test
  void interruptedThreadStaysInterrupted() {
    log.write(this::block);
    Thread.currentThread().interrupt();
    log.flush();
    assertTrue(Thread.interrupted());
    never.countDown();
  }

  @Test
  void whereaboutsNameTheThreadAndWhatItWaitsIn() {
    Thread waiting = new Thread(this::block, "the one that waits");
    waiting.start();
    while (waiting.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    String text = Whereabouts.of(waiting);
    assertFalse(Whereabouts.isExiting(waiting));
    never.countDown();
    assertTrue(text.startsWith("thread 'the one that waits', WAITING on "), text);
    assertTrue(text.contains("CountDownLatch$Sync"), text);
    assertTrue(text.contains("CountDownLatch.await"), text);
    assertTrue(text.contains(getClass().getName()), text);
  }
}
