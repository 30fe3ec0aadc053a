package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said before a process is halted, and that it does not keep it alive. */
@Timeout(30)
class LastWordsTest {
  @Test
  void wordsAreSaidBeforeTheReturn() {
    AtomicInteger said = new AtomicInteger();
    LastWords.say(said::incrementAndGet);
    assertEquals(1, said.get());
  }

  @Test
  void blockedLogIsLeftBehind() {
    CountDownLatch never = new CountDownLatch(1);
    LastWords.say(() -> {
      try {
        never.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    never.countDown();
  }

  @Test
  void interruptedSpeakerStaysInterrupted() {
    Thread.currentThread().interrupt();
    LastWords.say(() -> {});
    assertTrue(Thread.interrupted());
  }

  @Test
  void whereaboutsNameTheThreadAndWhatItWaitsIn() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    Thread waiting =
        new Thread(
            () -> {
              try {
                latch.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            "the one that waits");
    waiting.start();
    while (waiting.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    String text = LastWords.whereabouts(waiting);
    latch.countDown();
    assertTrue(text.startsWith("thread 'the one that waits', WAITING on "), text);
    assertTrue(text.contains("CountDownLatch$Sync"), text);
    assertTrue(text.contains("CountDownLatch.await"), text);
    assertTrue(text.contains(getClass().getName()), text);
  }
}
