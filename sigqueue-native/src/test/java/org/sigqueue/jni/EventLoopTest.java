package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.jni.EmbeddingExample.Loop;

/**
 * A framework that receives real signals itself: in a thread of its own, and in an event loop. The
 * programs are those of docs/embedding.md.
 */
@Timeout(120)
class EventLoopTest {
  private static final int USR1 = 10;
  private static final int ROUNDS = 500;
  private static final long PID = ProcessHandle.current().pid();

  private final NativeSignalSource source = new NativeSignalSource();
  private final SharedBlock block = source.block();

  @Test
  void bestSourceIsTheOneWithTheHighestPriority() {
    assertInstanceOf(NativeSignalSource.class, EmbeddingExample.best());
  }

  @Test
  void threadOfTheFrameworkReceivesUntilTheQueueIsClosed() throws Exception {
    BlockingQueue<Integer> senders = new ArrayBlockingQueue<>(ROUNDS);
    EmbeddingExample example = new EmbeddingExample(each -> senders.add(each.pid));
    FutureTask<Void> receiving =
        new FutureTask<>(() -> {
          example.receive(source, USR1);
          return null;
        });
    new Thread(receiving).start();
    while (!block.wanted().contains(USR1) || !source.disposition(USR1).ours()) {
      Thread.onSpinWait();
    }
    for (int round = 0; round < ROUNDS; round++) {
      source.sender().kill(PID, USR1);
      assertEquals((int) PID, senders.poll(60, TimeUnit.SECONDS));
    }
    block.queue().close();
    receiving.get(60, TimeUnit.SECONDS);
    assertFalse(source.disposition(USR1).ours());
  }

  @Test
  void claimOfATakenRoleLeavesItsOwnersSignalAlone() {
    try (Receiver owner = block.queue().claim(new FutexStrategy())) {
      block.want(USR1);
      source.install(USR1);
      EmbeddingExample second = new EmbeddingExample(each -> {});
      assertThrows(IllegalStateException.class, () -> second.receive(source, USR1));
      assertTrue(block.wanted().contains(USR1));
      assertTrue(source.disposition(USR1).ours());
      assertEquals(0, owner.poll());
    } finally {
      giveBack(source);
    }
  }

  @Test
  void loopThatWaitsForTheDescriptorItselfReceives() {
    List<Integer> senders = new ArrayList<>();
    try (Receiver receiver = block.queue().claim(new EventFdStrategy())) {
      block.want(USR1);
      source.install(USR1);
      Loop loop = new Loop(block, receiver, each -> senders.add(each.pid));
      int[] round = {0};
      loop.run(fd -> {
        if (round[0]++ == ROUNDS) {
          block.queue().close();
        } else {
          source.sender().kill(PID, USR1);
        }
        Shim.eventFdWait(fd, Note.FOREVER); // stands for epoll_wait
      });
    } finally {
      giveBack(source);
    }
    assertEquals(ROUNDS, senders.size());
    assertEquals(List.of((int) PID), senders.stream().distinct().toList());
  }

  @Test
  void loopThatIsCalledWhenTheDescriptorIsReadableReceives() {
    List<Integer> senders = new ArrayList<>();
    try (Receiver receiver = block.queue().claim(new EventFdStrategy())) {
      block.want(USR1);
      source.install(USR1);
      Loop loop = new Loop(block, receiver, each -> senders.add(each.pid));
      loop.onReadable();
      for (int round = 0; round < ROUNDS; round++) {
        source.sender().kill(PID, USR1);
        awaitReadable(receiver);
        loop.onReadable();
        assertEquals(round + 1, senders.size());
      }
    } finally {
      giveBack(source);
    }
  }

  /** As an event loop finds it, without making it unreadable. */
  private static void awaitReadable(Receiver receiver) {
    Shim.eventFdWait(receiver.wakeFd(), Note.FOREVER);
    Shim.eventFdWake(receiver.wakeFd());
  }

  private void giveBack(SignalSource from) {
    block.unwant(USR1);
    from.restore(USR1);
  }
}
