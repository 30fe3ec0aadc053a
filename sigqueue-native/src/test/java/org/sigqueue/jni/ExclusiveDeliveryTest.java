package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigqueue.jni.ExclusiveReceiver.PID;
import static org.sigqueue.jni.ExclusiveReceiver.await;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSourceException;

/** Signals that all threads block, and that the receiver takes from the kernel. */
@Timeout(120)
@SuppressWarnings("ThreadPriorityCheck") // two CPUs, and others are to get on
class ExclusiveDeliveryTest {
  private static final int USR1 = 10;
  private static final int QUIT = 3;
  private static final int REAL_TIME = 45;
  private static final int OTHER = 46;

  private ExclusiveReceiver receiver;
  private NativeSignalSource source;
  private SharedBlock block;
  private long lostBefore;

  @BeforeEach
  void startReceiver() {
    receiver = new ExclusiveReceiver();
    source = receiver.source;
    block = receiver.block;
    lostBefore = block.lost(REAL_TIME);
  }

  @AfterEach
  void nothingIsLeft() {
    receiver.close();
    assertFalse(block.hasSignalsInKernel());
    receiver.awaitNothingReserved();
    receiver.awaitNoTrouble();
  }

  /** A thread that is in a handler at the moment blocks all signals for so long. */
  private void awaitBlockers(int signal, LongSupplier count) {
    await(() -> Masks.blockersOf(signal) == count.getAsLong());
  }

  private long allOthers() {
    return Masks.othersThanSleeper();
  }

  @Test
  void eachSignalArrivesOnce() {
    receiver.start(USR1);
    assertEquals(SignalSet.of(USR1), source.exclusive());
    for (int round = 0; round < 2_000; round++) {
      receiver.sendAndReceive(USR1);
    }
    receiver.stop(USR1);
    assertEquals(SignalSet.EMPTY, source.exclusive());
    assertEquals(2_000, receiver.seen().size());
  }

  @Test
  void receiverTakesTheSignalItself() {
    receiver.start(USR1);
    for (int round = 0; round < 100; round++) {
      receiver.sendAndReceive(USR1);
    }
    for (Occurrence occurrence : receiver.seen()) {
      assertEquals(receiver.tid(), occurrence.tid);
      assertEquals(PID, occurrence.pid);
    }
  }

  @Test
  void realTimeSignalsKeepTheirOrderInABurst() {
    receiver.start(REAL_TIME);
    int burst = 50_000;
    for (int value = 0; value < burst; value++) {
      while (Shim.sigqueue(PID, REAL_TIME, value) != 0) {
        Thread.yield(); // the queue of the kernel is full
      }
    }
    receiver.await(burst);
    List<Occurrence> seen = receiver.seen();
    for (int value = 0; value < burst; value++) {
      assertEquals(value, seen.get(value).value);
    }
    assertEquals(0, block.lost(REAL_TIME) - lostBefore);
  }

  @Test
  void allThreadsBlockAnExclusiveSignalAndNoneAfterwards() {
    awaitBlockers(REAL_TIME, () -> 0);
    receiver.start(REAL_TIME);
    awaitBlockers(REAL_TIME, this::allOthers);
    receiver.stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    await(() -> !Masks.blocked(receiver.tid()).contains(REAL_TIME)); // it may be waking yet
  }

  @Test
  void privateSignalsAreTakenWithTheFirstAndGivenBackWithTheLast() {
    assertEquals(SignalSet.EMPTY, source.reserved());
    receiver.start(REAL_TIME);
    SignalSet reserved = source.reserved();
    assertEquals(2, reserved.size());
    receiver.start(OTHER);
    assertEquals(reserved, source.reserved());
    for (int signal : reserved.toArray()) {
      assertTrue(source.disposition(signal).handler() != 0);
      assertTrue(source.refusal(signal) != null);
      assertThrows(SignalSourceException.class, () -> source.enterExclusive(SignalSet.of(signal)));
    }
    receiver.stop(REAL_TIME);
    assertEquals(reserved, source.reserved());
    receiver.stop(OTHER);
    receiver.awaitNothingReserved();
    for (int signal : reserved.toArray()) {
      assertEquals(0, source.disposition(signal).handler());
      assertNull(source.refusal(signal));
      awaitBlockers(signal, () -> 0);
    }
  }

  /**
   * Nobody but the receiver blocks the signal that wakes it: a collector may use it for its
   * threads.
   */
  @Test
  void receiverAloneBlocksTheWakeSignal() {
    receiver.start(USR1);
    receiver.sendAndReceive(USR1);
    for (int signal : source.reserved().toArray()) {
      awaitBlockers(signal, () -> 0);
    }
  }

  @Test
  void signalsEnterAndLeaveWhileTheyArrive() throws Exception {
    receiver.install(REAL_TIME);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger sent = new AtomicInteger();
    Thread sender =
        new Thread(() -> {
          while (!done.get()) {
            if (Shim.sigqueue(PID, REAL_TIME, 0) == 0) {
              sent.incrementAndGet();
            }
            Thread.yield();
          }
        });
    sender.start();
    for (int round = 0; round < 50; round++) {
      source.enterExclusive(SignalSet.of(REAL_TIME));
      source.enterExclusive(SignalSet.of(REAL_TIME));
      source.leaveExclusive(SignalSet.of(REAL_TIME));
      source.leaveExclusive(SignalSet.of(REAL_TIME));
    }
    done.set(true);
    sender.join();
    await(() -> receiver.seen().size() + (int) (block.lost(REAL_TIME) - lostBefore) == sent.get());
  }

  /**
   * A leftover of ours in the receiver's mask must not pass for a block that somebody else has set.
   */
  @Test
  void receiverBlocksNothingAfterManyRoundsUnderFire() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    receiver.install(USR1);
    Thread sender =
        new Thread(() -> {
          while (!done.get()) {
            Shim.kill(PID, USR1);
            Thread.yield();
          }
        });
    sender.start();
    for (int round = 0; round < 100; round++) {
      receiver.start(REAL_TIME);
      receiver.stop(REAL_TIME);
    }
    receiver.start(REAL_TIME, OTHER);
    receiver.stop(OTHER);
    done.set(true);
    sender.join();
    receiver.stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    awaitBlockers(OTHER, () -> 0);
  }

  @Test
  void whatIsPendingAtTheEndIsReceived() {
    receiver.start(REAL_TIME);
    synchronized (receiver.lock()) {
      source.sender().queue(PID, REAL_TIME, 1);
      await(receiver::isHeldUp);
      source.sender().queue(PID, REAL_TIME, 2);
      source.sender().queue(PID, REAL_TIME, 3);
      source.leaveExclusive(SignalSet.of(REAL_TIME));
      awaitBlockers(REAL_TIME, () -> 0); // although the receiver has not come
    }
    receiver.await(3);
  }

  @Test
  void whatIsPendingAtTheEndIsReceivedInOrder() {
    for (int round = 0; round < 50; round++) {
      receiver.start(REAL_TIME);
      int before = receiver.seen().size();
      for (int value = 0; value < 100; value++) {
        source.sender().queue(PID, REAL_TIME, value);
      }
      receiver.stop(REAL_TIME);
      receiver.await(before + 100);
      List<Occurrence> seen = receiver.seen();
      for (int value = 0; value < 100; value++) {
        assertEquals(value, seen.get(before + value).value);
      }
    }
  }

  @Test
  void lastSignalMayLeaveOnTheReceiverItself() {
    receiver.start(REAL_TIME, USR1);
    receiver.run(() -> receiver.stop(REAL_TIME));
    receiver.sendAndReceive(USR1);
    receiver.run(() -> receiver.stop(USR1));
    receiver.awaitNothingReserved();
    receiver.run(() -> receiver.start(USR1));
    receiver.sendAndReceive(USR1);
    assertEquals(receiver.tid(), receiver.seen().get(1).tid);
  }

  /**
   * The receiver that is kept from sleeping may be woken there yet, so the wake signal stays ours.
   */
  @Test
  void privateSignalsAreKeptWhileTheReceiverIsBusy() {
    keepPrivateSignals();
  }

  private void keepPrivateSignals() {
    receiver.start(REAL_TIME);
    await(() -> block.isSleeper(receiver.tid()));
    synchronized (receiver.lock()) {
      source.sender().queue(PID, REAL_TIME, 1);
      await(receiver::isHeldUp);
      receiver.stop(REAL_TIME);
      assertEquals(2, source.reserved().size());
    }
    receiver.await(1); // and what follows gives them back: the end of the receiver
  }

  @Test
  void privateSignalsThatWereKeptAreUsedAndGivenBackTheNextTime() {
    keepPrivateSignals();
    SignalSet kept = source.reserved();
    receiver.start(OTHER);
    receiver.sendAndReceive(OTHER);
    assertEquals(kept, source.reserved());
    receiver.stop(OTHER);
    receiver.awaitNothingReserved();
  }

  @Test
  void threadsThatAreCreatedMeanwhileBlockItToo() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch release = new CountDownLatch(1);
    List<Thread> creators = new ArrayList<>();
    List<Thread> created = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Thread creator =
          new Thread(() -> {
            while (!done.get()) {
              Thread thread =
                  new Thread(() -> {
                    try {
                      release.await();
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                  });
              thread.start();
              synchronized (created) {
                created.add(thread);
                if (created.size() >= 300) {
                  done.set(true);
                }
              }
            }
          });
      creators.add(creator);
      creator.start();
    }
    receiver.start(REAL_TIME);
    done.set(true);
    for (Thread creator : creators) {
      creator.join();
    }
    awaitBlockers(REAL_TIME, this::allOthers);
    receiver.stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    release.countDown();
    for (Thread thread : created) {
      thread.join();
    }
  }

  @Test
  void threadsThatEndMeanwhileAreNotAwaited() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread creator =
        new Thread(() -> {
          while (!done.get()) {
            new Thread(() -> {}).start();
          }
        });
    creator.start();
    for (int round = 0; round < 50; round++) {
      receiver.start(REAL_TIME);
      receiver.sendAndReceive(REAL_TIME);
      receiver.stop(REAL_TIME);
    }
    done.set(true);
    creator.join();
  }

  @Test
  void threadThatDoesNotBlockItSendsByTheHandlerAndBlocksItThen() {
    receiver.start(USR1);
    long off = Shim.masksOff();
    Shim.masksOn(0); // this thread goes on without its mask
    assertEquals(SignalSet.of(USR1), new SignalSet(off));
    assertFalse(Masks.blocked(Shim.gettid()).contains(USR1));
    Shim.tgkill(PID, Shim.gettid(), USR1);
    receiver.await(1);
    assertEquals(Shim.gettid(), receiver.seen().get(0).tid);
    receiver.awaitNoTrouble(); // nobody relies on the order of standard signals
    assertTrue(Masks.blocked(Shim.gettid()).contains(USR1));
  }

  @Test
  void realTimeSignalThatGoesAstrayIsTold() {
    receiver.start(REAL_TIME);
    receiver.sendAndReceive(REAL_TIME);
    receiver.awaitNoTrouble();
    Shim.masksOff();
    Shim.masksOn(0); // as a thread of a runtime that sets its own masks
    Shim.tgkill(PID, Shim.gettid(), REAL_TIME);
    receiver.await(2);
    String trouble = source.trouble();
    assertTrue(trouble != null && trouble.contains("{45} came by the handler"), trouble);
    receiver.stop(REAL_TIME);
    receiver.awaitNoTrouble();
  }

  /** A claim that is refused must not end the wait of the thread that has the role. */
  @Test
  void secondReceiverIsRefusedAndChangesNothing() {
    receiver.install(USR1);
    receiver.start(REAL_TIME);
    receiver.sendAndReceive(USR1);
    assertThrows(IllegalStateException.class, () -> block.queue().claim(new SigwaitStrategy()));
    assertTrue(block.isSleeper(receiver.tid()));
    receiver.sendAndReceive(USR1); // by the handler, which wakes it
    receiver.sendAndReceive(REAL_TIME);
  }

  @Test
  void roleMayMoveFromThreadToThread() throws Exception {
    receiver.close();
    try (Receiver role = block.queue().claim(new SigwaitStrategy())) {
      block.want(REAL_TIME);
      source.install(REAL_TIME);
      source.enterExclusive(SignalSet.of(REAL_TIME));
      int[] tids = new int[2];
      CountDownLatch over = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < tids.length; i++) {
        int index = i;
        CountDownLatch received = new CountDownLatch(1);
        Thread thread =
            new Thread(() -> {
              tids[index] = Shim.gettid();
              try {
                while (role.receive() == 0) {}
                received.countDown();
                over.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
        thread.start();
        await(() -> tids[index] != 0 && block.isSleeper(tids[index]));
        source.sender().queue(PID, REAL_TIME, i);
        received.await();
        threads.add(thread);
      }
      SignalSet ours = source.reserved().union(SignalSet.of(REAL_TIME));
      source.leaveExclusive(SignalSet.of(REAL_TIME));
      await(() -> (Masks.blocked(tids[0]).bits() & ours.bits()) == 0);
      block.unwant(REAL_TIME);
      source.restore(REAL_TIME);
      over.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      OccurrenceRing ring = new OccurrenceRing(block);
      while (ring.poll(new Occurrence())) {}
    }
    receiver = new ExclusiveReceiver();
  }

  @Test
  void twoSignalsShareTheMasks() {
    receiver.start(REAL_TIME);
    receiver.start(OTHER);
    receiver.stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    awaitBlockers(OTHER, this::allOthers);
    source.sender().queue(PID, OTHER, 7);
    receiver.await(1);
  }

  @Test
  void childIsStartedWithoutTheMask() throws Exception {
    receiver.start(USR1);
    Process child = source.start(new ProcessBuilder("grep", "SigBlk", "/proc/self/status"));
    String line = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    SignalSet blocked =
        new SignalSet(Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16));
    assertFalse(blocked.contains(USR1), line);
    source.reserved().stream().forEach(own -> assertFalse(blocked.contains(own), line));
    assertTrue(Masks.blocked(Shim.gettid()).contains(USR1));
  }

  @ParameterizedTest
  @ValueSource(ints = {QUIT, 9, 11, 19, 32, 33})
  void signalsThatOthersMustSeeAreRefused(int signal) {
    receiver.start(REAL_TIME);
    assertThrows(
        SignalSourceException.class, () -> source.enterExclusive(SignalSet.of(OTHER, signal)));
    assertEquals(SignalSet.of(REAL_TIME), source.exclusive());
    awaitBlockers(OTHER, () -> 0);
  }

  @Test
  void receiverThatDoesNotWaitInTheKernelIsRefused() throws Exception {
    receiver.close();
    SignalQueue queue = block.queue();
    try (Receiver spinning = queue.claim(ParkingStrategies.SPIN)) {
      block.want(USR1);
      source.install(USR1);
      SignalSourceException refusal =
          assertThrows(
              SignalSourceException.class, () -> source.enterExclusive(SignalSet.of(USR1)));
      assertTrue(refusal.getMessage().contains("nobody waits in the kernel"));
      assertEquals(SignalSet.EMPTY, source.exclusive());
      source.sender().kill(PID, USR1);
      assertEquals(USR1, spinning.receive());
      assertTrue(new OccurrenceRing(block).poll(new Occurrence()));
      block.unwant(USR1);
      source.restore(USR1);
    }
    receiver = new ExclusiveReceiver();
  }

  @Test
  void strategyThatDoesNotWaitInTheKernelCannotFollow() {
    receiver.start(USR1);
    receiver.end();
    assertThrows(IllegalArgumentException.class, () -> block.queue().claim(ParkingStrategies.SPIN));
    receiver.close();
  }

  /**
   * A signal that comes while nobody has the role waits for the next receiver, or for the handler.
   */
  @Test
  void exclusiveSignalOutlivesTheReceiver() {
    receiver.start(USR1);
    receiver.end();
    source.sender().kill(PID, USR1);
    ExclusiveReceiver next = new ExclusiveReceiver();
    next.await(1);
    next.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # property | output
                     | received with {61, 63}
          50,51      | received with {50, 51}
          51, 50     | received with {50, 51}
          63         | by the handler: org.sigqueue.private-signals is '63' but has to name two
          63,61,60   | by the handler: org.sigqueue.private-signals is '63,61,60' but has to name two
          63,62      | by the handler: org.sigqueue.private-signals is '63,62' but has to name two
          40,40      | by the handler: org.sigqueue.private-signals is '40,40' but has to name two
          10,12      | by the handler: org.sigqueue.private-signals is '10,12' but has to name two
          x,y        | by the handler: org.sigqueue.private-signals is 'x,y' but has to name two
          """)
  void privateSignalsCanBeChosen(String property, String output) throws Exception {
    ChildJvm jvm = new ChildJvm();
    if (property != null) {
      jvm.property(PrivateSignals.PROPERTY, property);
    }
    String said = jvm.run("receiveExclusively").output();
    assertTrue(said.startsWith(output), said);
  }

  @Test
  void wherePrivateSignalsAreNotFreeSignalsComeByTheHandler() throws Exception {
    String none = new ChildJvm().run("receiveExclusivelyWhereOneIsFree").output();
    assertTrue(none.startsWith("by the handler: no two real-time signals are free"), none);
    String taken =
        new ChildJvm()
            .property(PrivateSignals.PROPERTY, "50,51")
            .run("receiveExclusivelyWhereOneIsFree")
            .output();
    assertTrue(
        taken.startsWith("by the handler: org.sigqueue.private-signals names [50, 51]"), taken);
  }
}
