package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.core.Delivery;
import org.sigqueue.core.Note;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.ParkingStrategies;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSourceException;

/** Signals that the receiver takes from the kernel itself, and the masks that this needs. */
@Timeout(120)
@SuppressWarnings("ThreadPriorityCheck") // two CPUs, and others are to get on
class DirectDeliveryTest {
  private static final int USR1 = 10;
  private static final int QUIT = 3;
  private static final int REAL_TIME = 45;
  private static final int OTHER = 46;
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final int PID = (int) ProcessHandle.current().pid();

  private final NativeSignalSource source = new NativeSignalSource();
  private final SharedBlock block = source.block();
  private final List<Occurrence> seen = new ArrayList<>(); // guarded by itself
  private final AtomicInteger receiverTid = new AtomicInteger();
  private final long lostBefore = block.lost(REAL_TIME);
  private SignalQueue queue;
  private Thread receiver;

  @BeforeEach
  void startReceiver() {
    queue = SignalQueue.over(block, new DirectStrategy());
    receiver = new Thread(this::receive, "receiver");
    receiver.start();
    await(() -> receiverTid.get() != 0);
  }

  @AfterEach
  void giveSignalsBack() throws Exception {
    for (int signal : new int[] {USR1, REAL_TIME, OTHER}) {
      if (block.wanted().contains(signal)) {
        stop(signal);
      }
    }
    queue.close();
    receiver.join();
    assertFalse(block.hasDirect());
  }

  private void receive() {
    OccurrenceRing ring = new OccurrenceRing(block);
    receiverTid.set(Shim.gettid());
    try {
      while (!queue.isClosed()) {
        queue.receiveSet(Note.FOREVER);
        for (Occurrence next = new Occurrence(); ring.poll(next); next = new Occurrence()) {
          synchronized (seen) {
            seen.add(next);
          }
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void start(int signal, Delivery delivery) {
    block.want(signal);
    source.install(signal);
    source.deliver(SignalSet.of(signal), delivery);
  }

  private void stop(int signal) {
    source.deliver(SignalSet.of(signal), Delivery.HANDLER);
    block.unwant(signal);
    source.restore(signal);
  }

  private int count() {
    synchronized (seen) {
      return seen.size();
    }
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) { // the deadline is the test's, which interrupts
      assertFalse(Thread.currentThread().isInterrupted());
      LockSupport.parkNanos(20_000);
    }
  }

  private static List<Path> threads() {
    try (Stream<Path> tasks = Files.list(TASKS)) {
      return tasks.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SignalSet blocked(Path thread) {
    try {
      return Files.readAllLines(thread.resolve("status")).stream()
          .filter(line -> line.startsWith("SigBlk:"))
          .map(line -> new SignalSet(Long.parseUnsignedLong(line.substring(7).strip(), 16)))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      return SignalSet.EMPTY; // it has ended
    }
  }

  private long blockersOf(int signal) {
    return threads().stream()
        .filter(thread -> !block.isSleeper(Integer.parseInt(thread.getFileName().toString())))
        .filter(thread -> blocked(thread).contains(signal))
        .count();
  }

  /** A thread that is in a handler at the moment blocks all signals for so long. */
  private void awaitBlockers(int signal, IntSupplier count) {
    await(() -> blockersOf(signal) == count.getAsInt());
  }

  /** All but the receiver, whose mask does not show while it waits. */
  private int allOthers() {
    return threads().size() - 1;
  }

  @ParameterizedTest
  @EnumSource(Delivery.class)
  void eachSignalArrivesOnce(Delivery delivery) {
    start(USR1, delivery);
    assertEquals(delivery, source.delivery(USR1));
    for (int round = 1; round <= 2_000; round++) {
      source.kill(PID, USR1);
      int expected = round;
      await(() -> count() == expected);
    }
    stop(USR1);
    assertEquals(Delivery.HANDLER, source.delivery(USR1));
    assertEquals(2_000, count());
  }

  @Test
  void exclusiveSignalIsTakenByTheReceiver() {
    start(USR1, Delivery.EXCLUSIVE);
    for (int round = 1; round <= 100; round++) {
      source.kill(PID, USR1);
      int expected = round;
      await(() -> count() == expected);
    }
    synchronized (seen) {
      seen.forEach(occurrence -> assertEquals(receiverTid.get(), occurrence.tid));
      seen.forEach(occurrence -> assertEquals(PID, occurrence.pid));
    }
  }

  @Test
  void steeredSignalIsTakenByTheReceiverIfThatSleeps() {
    start(USR1, Delivery.STEERED);
    for (int round = 1; round <= 100; round++) {
      await(
          () -> !blocked(TASKS.resolve(receiverTid.toString())).contains(USR1)); // it waits for it
      source.kill(PID, USR1);
      int expected = round;
      await(() -> count() == expected);
    }
    synchronized (seen) {
      long byReceiver = seen.stream().filter(o -> o.tid == receiverTid.get()).count();
      assertTrue(byReceiver > 0, "none of 100 was taken by the receiver");
      assertTrue(seen.stream().noneMatch(o -> o.tid == PID), "the primordial thread took some");
    }
  }

  @Test
  void realTimeSignalsKeepTheirOrderInABurst() {
    start(REAL_TIME, Delivery.EXCLUSIVE);
    int burst = 50_000;
    for (int value = 0; value < burst; value++) {
      while (Shim.sigqueue(PID, REAL_TIME, value) != 0) {
        Thread.yield(); // the kernel's queue is full
      }
    }
    await(() -> count() == burst);
    synchronized (seen) {
      for (int value = 0; value < burst; value++) {
        assertEquals(value, seen.get(value).value);
      }
    }
    assertEquals(0, block.lost(REAL_TIME) - lostBefore);
  }

  @Test
  void allThreadsBlockAnExclusiveSignalAndNoneAfterwards() throws Exception {
    awaitBlockers(REAL_TIME, () -> 0);
    start(REAL_TIME, Delivery.EXCLUSIVE);
    awaitBlockers(REAL_TIME, this::allOthers);
    stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    await(() -> !blocked(TASKS.resolve(receiverTid.toString())).contains(REAL_TIME));
    for (int privateSignal : source.reserved().stream().toArray()) {
      awaitBlockers(privateSignal, () -> 0);
    }
  }

  @Test
  void primordialThreadAloneBlocksASteeredSignal() throws Exception {
    start(REAL_TIME, Delivery.STEERED);
    awaitBlockers(REAL_TIME, () -> 1);
    assertTrue(blocked(TASKS.resolve("" + PID)).contains(REAL_TIME));
    stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
  }

  @Test
  void modesChangeWhileSignalsArrive() throws Exception {
    start(REAL_TIME, Delivery.HANDLER);
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
    for (int round = 0; round < 20; round++) {
      for (Delivery delivery : Delivery.values()) {
        source.deliver(SignalSet.of(REAL_TIME), delivery);
        source.deliver(SignalSet.of(REAL_TIME), delivery);
      }
    }
    done.set(true);
    sender.join();
    await(() -> count() + (int) (block.lost(REAL_TIME) - lostBefore) == sent.get());
  }

  @Test
  void whatIsPendingAtTheEndReachesTheHandler() throws Exception {
    start(REAL_TIME, Delivery.EXCLUSIVE);
    synchronized (seen) { // holds the receiver up
      source.queue(PID, REAL_TIME, 1);
      await(() -> receiver.getState() == Thread.State.BLOCKED);
      source.queue(PID, REAL_TIME, 2);
      source.queue(PID, REAL_TIME, 3);
      source.deliver(SignalSet.of(REAL_TIME), Delivery.HANDLER);
      awaitBlockers(REAL_TIME, () -> 0);
    }
    await(() -> count() == 3);
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
                if (created.size() >= 1_000) {
                  done.set(true);
                }
              }
            }
          });
      creators.add(creator);
      creator.start();
    }
    start(REAL_TIME, Delivery.EXCLUSIVE);
    done.set(true);
    for (Thread creator : creators) {
      creator.join();
    }
    awaitBlockers(REAL_TIME, this::allOthers);
    stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    release.countDown();
    for (Thread thread : created) {
      thread.join();
    }
  }

  @Test
  void threadThatDoesNotBlockItSendsByTheHandlerAndBlocksItThen() throws Exception {
    start(USR1, Delivery.EXCLUSIVE);
    long off = Shim.masksOff();
    Shim.masksOn(0); // this thread goes on without its mask
    assertTrue((off & SignalSet.bit(USR1)) != 0);
    assertFalse(blocked(Path.of("/proc/thread-self")).contains(USR1));
    Shim.tgkill(PID, Shim.gettid(), USR1);
    await(() -> count() == 1);
    assertEquals(Shim.gettid(), seen.get(0).tid);
    assertTrue(blocked(Path.of("/proc/thread-self")).contains(USR1));
  }

  @Test
  void twoSignalsShareTheMasks() throws Exception {
    start(REAL_TIME, Delivery.EXCLUSIVE);
    start(OTHER, Delivery.EXCLUSIVE);
    stop(REAL_TIME);
    awaitBlockers(REAL_TIME, () -> 0);
    awaitBlockers(OTHER, this::allOthers);
    source.queue(PID, OTHER, 7);
    await(() -> count() == 1);
  }

  @Test
  void childIsStartedWithoutTheMask() throws Exception {
    start(USR1, Delivery.EXCLUSIVE);
    Process child = source.start(new ProcessBuilder("grep", "SigBlk", "/proc/self/status"));
    String line = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    SignalSet blocked =
        new SignalSet(Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16));
    assertFalse(blocked.contains(USR1), line);
    source.reserved().stream().forEach(own -> assertFalse(blocked.contains(own), line));
    assertTrue(blocked(Path.of("/proc/thread-self")).contains(USR1));
  }

  @ParameterizedTest
  @ValueSource(ints = {QUIT, 9, 11, 19, 32, 33})
  void signalsThatOthersMustSeeAreRefused(int signal) {
    assertThrows(
        SignalSourceException.class,
        () -> source.deliver(SignalSet.of(signal), Delivery.EXCLUSIVE));
    assertEquals(Delivery.HANDLER, source.delivery(signal));
  }

  @Test
  void privateSignalsAreReservedAndRefused() {
    start(USR1, Delivery.EXCLUSIVE);
    SignalSet reserved = source.reserved();
    assertEquals(2, reserved.stream().count());
    reserved.stream()
        .forEach(own ->
            assertThrows(
                SignalSourceException.class,
                () -> source.deliver(SignalSet.of(own), Delivery.EXCLUSIVE)));
  }

  @Test
  void receiverThatDoesNotWaitInTheKernelIsRefused() throws Exception {
    queue.close();
    receiver.join();
    try (SignalQueue spinning = SignalQueue.over(block, ParkingStrategies.SPIN)) {
      block.want(USR1);
      source.install(USR1);
      assertThrows(
          SignalSourceException.class,
          () -> source.deliver(SignalSet.of(USR1), Delivery.EXCLUSIVE));
      assertEquals(Delivery.HANDLER, source.delivery(USR1));
      source.kill(PID, USR1);
      assertEquals(USR1, spinning.receive());
      assertTrue(new OccurrenceRing(block).poll(new Occurrence()));
      stop(USR1);
    }
  }

  @Test
  void strategyThatDoesNotWaitInTheKernelCannotFollow() throws Exception {
    start(USR1, Delivery.EXCLUSIVE);
    assertThrows(
        IllegalArgumentException.class, () -> SignalQueue.over(block, ParkingStrategies.SPIN));
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
          63         | refused: org.sigqueue.private-signals is '63' but has to name two
          63,61,60   | refused: org.sigqueue.private-signals is '63,61,60' but has to name two
          63,62      | refused: org.sigqueue.private-signals is '63,62' but has to name two
          40,40      | refused: org.sigqueue.private-signals is '40,40' but has to name two
          10,12      | refused: org.sigqueue.private-signals is '10,12' but has to name two
          x,y        | refused: org.sigqueue.private-signals is 'x,y' but has to name two
          """)
  void privateSignalsCanBeChosen(String property, String output) throws Exception {
    ChildJvm jvm = new ChildJvm();
    if (property != null) {
      jvm.property(DirectDelivery.PROPERTY, property);
    }
    String said = jvm.run("receiveDirectly").output();
    assertTrue(said.startsWith(output), said);
  }

  @Test
  void wherePrivateSignalsAreNotFreeTheModesAreRefused() throws Exception {
    String none = new ChildJvm().run("receiveDirectlyWhereOneIsFree").output();
    assertTrue(none.startsWith("refused: no two real-time signals are free"), none);
    String taken =
        new ChildJvm()
            .property(DirectDelivery.PROPERTY, "50,51")
            .run("receiveDirectlyWhereOneIsFree")
            .output();
    assertTrue(taken.startsWith("refused: org.sigqueue.private-signals names [50, 51]"), taken);
  }
}
