package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.core.LayoutMismatchException;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.core.source.SignalSourceException;

/** Real signals in this process. Every test leaves every disposition as it was. */
@Timeout(600)
class NativeSignalSourceTest {
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;
  private static final int SIGKILL = 9;
  private static final int SIGUSR1 = 10;
  private static final int SIGTERM = 15;
  private static final int SIGSTOP = 19;
  private static final int SIGURG = 23;
  private static final int SIGWINCH = 28;
  private static final int REAL_TIME = 40;

  private static final int EINVAL = 22;
  private static final int EAGAIN = 11;
  private static final int ESRCH = 3;

  private static final int SI_USER = 0;
  private static final int SI_QUEUE = -1;
  private static final int SI_TKILL = -6;

  private static final long DEADLINE = TimeUnit.SECONDS.toNanos(60);
  private static final int PID = (int) ProcessHandle.current().pid();

  private final NativeSignalSource source = new NativeSignalSource();
  private final SharedBlock block = source.block();
  private final OccurrenceRing ring = new OccurrenceRing(block);
  private final Occurrence occurrence = new Occurrence();
  private final TreeSet<Integer> received = new TreeSet<>();
  private List<Disposition> dispositions = List.of();
  private Receiver receiver;

  /**
   * The JDK sets SIGCHLD to its default when it starts its first process, and takes signal 62 when
   * it first reads from a file channel; not in a test, please.
   */
  @BeforeAll
  static void useTheJdk() throws Exception {
    assertEquals(0, new ProcessBuilder("true").start().waitFor());
    Files.readAllBytes(Path.of("/proc/self/status"));
  }

  @BeforeEach
  void openQueue() {
    dispositions = allDispositions();
    receiver = claim(new FutexStrategy());
  }

  private Receiver claim(ParkingStrategy strategy) {
    return block.queue().claim(strategy);
  }

  @AfterEach
  void leaveNoTrace() throws Exception {
    for (int signal : received) {
      block.unwant(signal);
      assertTrue(source.restore(signal));
      while (block.inFlight(signal) != 0) {
        Thread.onSpinWait();
      }
    }
    block.queue().close();
    while (receiver.receive() != 0) {}
    receiver.close();
    while (ring.poll(occurrence)) {}
    assertEquals(0, block.inconsistencies());
    List<Disposition> now = allDispositions();
    for (int signal = SignalSet.MIN; signal <= SignalSet.MAX; signal++) {
      assertEquals(dispositions.get(signal - 1), now.get(signal - 1), "signal " + signal);
    }
  }

  // ---- Senders and occurrences

  @Test
  void killFromThisProcessIsReceivedWithItsSender() throws Exception {
    receive(SIGUSR1);
    long before = System.nanoTime();
    source.sender().kill(PID, SIGUSR1);
    assertEquals(SIGUSR1, next());
    assertEquals(SI_USER, occurrence.code);
    assertEquals(PID, occurrence.pid);
    assertEquals(ownUid(), occurrence.uid);
    assertTrue(occurrence.timeNanos - before >= 0);
    assertTrue(System.nanoTime() - occurrence.timeNanos >= 0);
  }

  @Test
  void killFromAnotherProcessIsReceivedWithItsSender() throws Exception {
    receive(SIGUSR1);
    Process sender = new ProcessBuilder("sh", "-c", "kill -USR1 " + PID).start();
    assertEquals(SIGUSR1, next());
    assertEquals(SI_USER, occurrence.code);
    assertEquals(sender.pid(), occurrence.pid);
    assertEquals(ownUid(), occurrence.uid);
    assertEquals(0, sender.waitFor());
  }

  @Test
  void everyQueuedValueArrivesOnce() throws Exception {
    receive(REAL_TIME);
    long lostBefore = block.lost(REAL_TIME);
    TreeSet<Long> missing = new TreeSet<>();
    for (long value = 1; value <= 500; value++) {
      source.sender().queue(PID, REAL_TIME, value << 40);
      missing.add(value << 40);
    }
    while (!missing.isEmpty()) {
      nextOccurrence();
      assertEquals(SI_QUEUE, occurrence.code);
      assertEquals(PID, occurrence.pid);
      assertTrue(missing.remove(occurrence.value), () -> "value " + occurrence.value);
    }
    assertEquals(lostBefore, block.lost(REAL_TIME));
  }

  @Test
  void signalToAProcessHandleArrivesWithAndWithoutValue() throws Exception {
    receive(REAL_TIME);
    source.sender().send(ProcessHandle.current(), REAL_TIME, null);
    nextOccurrence();
    assertEquals(SI_USER, occurrence.code);
    source.sender().send(ProcessHandle.current(), REAL_TIME, Long.MIN_VALUE);
    nextOccurrence();
    assertEquals(SI_QUEUE, occurrence.code);
    assertEquals(Long.MIN_VALUE, occurrence.value);
    assertEquals(PID, occurrence.pid);
    assertEquals(ownUid(), occurrence.uid);
  }

  @Test
  void childIsEndedThroughItsHandleAndNobodyAfterIt() throws Exception {
    Process child = new ProcessBuilder("sleep", "1000").start();
    source.sender().send(child.toHandle(), SIGTERM, null);
    assertEquals(128 + SIGTERM, child.waitFor());
    SignalSourceException refusal =
        assertThrows(
            SignalSourceException.class,
            () -> source.sender().send(child.toHandle(), SIGTERM, null));
    assertEquals(ESRCH, refusal.errno());
  }

  @Test
  void processThatIsThereIsProbedAndSentNothing() throws Exception {
    receive(SIGUSR1);
    long accepted = block.accepted(SIGUSR1);
    source.sender().probe(PID);
    assertEquals(accepted, block.accepted(SIGUSR1));
    Process child = new ProcessBuilder("true").start();
    child.waitFor();
    SignalSourceException gone =
        assertThrows(SignalSourceException.class, () -> source.sender().probe(child.pid()));
    assertEquals(ESRCH, gone.errno());
  }

  @Test
  void allProcessesOfAGroupGetASignal() throws Exception {
    Process leader =
        new ProcessBuilder("setsid", "sh", "-c", "sleep 1000 & sleep 1000 & echo $$; wait").start();
    try (BufferedReader output = leader.inputReader()) {
      long group = Long.parseLong(output.readLine());
      source.sender().killGroup(group, SIGTERM);
      assertNull(output.readLine(), "all have closed it");
      assertEquals(128 + SIGTERM, leader.waitFor());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 1, 1L << 31})
  void groupThatIsNoneIsRefused(long group) {
    assertThrows(IllegalArgumentException.class, () -> source.sender().killGroup(group, SIGURG));
  }

  @Test
  void oneThreadGetsASignalWithAndWithoutAValue() throws Exception {
    receive(REAL_TIME);
    int tid = Shim.gettid();
    source.sender().killThread(PID, tid, REAL_TIME);
    nextOccurrence();
    assertEquals(SI_TKILL, occurrence.code);
    assertEquals(tid, occurrence.tid);
    source.sender().queueThread(PID, tid, REAL_TIME, -5);
    nextOccurrence();
    assertEquals(SI_QUEUE, occurrence.code);
    assertEquals(-5, occurrence.value);
    assertEquals(tid, occurrence.tid);
    SignalSourceException gone =
        assertThrows(
            SignalSourceException.class, () -> source.sender().killThread(PID, 4194304, REAL_TIME));
    assertEquals(ESRCH, gone.errno());
  }

  // ---- Where the handler runs

  @Test
  void tgkillAtJavaThreadIsAccepted() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    int[] tid = new int[1];
    Thread thread =
        new Thread(() -> {
          tid[0] = Shim.gettid();
          started.countDown();
          awaitUninterrupted(done);
        });
    thread.start();
    started.await();
    isAcceptedOn(tid[0]);
    done.countDown();
    thread.join();
  }

  @Test
  void tgkillAtTheReceiverItselfIsAccepted() throws Exception {
    isAcceptedOn(Shim.gettid());
  }

  @Test
  void tgkillAtPrimordialThreadIsAccepted() throws Exception {
    isAcceptedOn(PID);
  }

  @Test
  void tgkillAtVmThreadIsAccepted() throws Exception {
    isAcceptedOnThreadNamed("VM Thread");
  }

  @Test
  void tgkillAtCompilerThreadIsAccepted() throws Exception {
    isAcceptedOnThreadNamed("C1 CompilerThre");
  }

  @Test
  void tgkillAtGcThreadIsAccepted() throws Exception {
    assumeFalse(Threads.named("G").isEmpty(), "this collector has no threads");
    isAcceptedOnThreadNamed("G");
  }

  @Test
  void tgkillAtSignalDispatcherIsAccepted() throws Exception {
    isAcceptedOnThreadNamed("Signal Dispatch");
  }

  @Test
  void stormAtThreadsThatComputeAndAllocateIsCountedExactly() throws Exception {
    receive(REAL_TIME);
    AtomicBoolean stop = new AtomicBoolean();
    List<Integer> tids = new ArrayList<>();
    CountDownLatch started = new CountDownLatch(2);
    List<Thread> workers =
        IntStream.range(0, 2).mapToObj(i -> worker(tids, started, stop)).toList();
    workers.forEach(Thread::start);
    started.await();
    long acceptedBefore = block.accepted(REAL_TIME);
    long lostBefore = block.lost(REAL_TIME);
    long sent = 0;
    long records = 0;
    for (int i = 0; i < 20_000; i++) {
      int errno = Shim.tgkill(PID, tids.get(i % 2), REAL_TIME);
      assertTrue(errno == 0 || errno == EAGAIN); // EAGAIN: the kernel's queue is full
      sent += errno == 0 ? 1 : 0;
      while (ring.poll(occurrence)) {
        records++;
      }
      if (i % 1_000 == 0) {
        System.gc();
      }
    }
    while (block.accepted(REAL_TIME) < acceptedBefore + sent) {
      Thread.onSpinWait();
    }
    stop.set(true);
    for (Thread worker : workers) {
      worker.join(); // so all handlers have returned
    }
    assertEquals(REAL_TIME, receiveSignal());
    while (ring.poll(occurrence)) {
      records++;
    }
    assertEquals(sent, block.accepted(REAL_TIME) - acceptedBefore);
    assertEquals(sent, records + block.lost(REAL_TIME) - lostBefore);
  }

  // ---- How the receiver waits

  @ParameterizedTest
  @ValueSource(strings = {"futex", "eventfd", "spin", "yield", "adaptive"})
  void receiverIsWokenFromTheHandler(String strategy) throws Exception {
    reopen(strategy);
    receive(SIGUSR1);
    for (int round = 0; round < 300; round++) {
      FutureTask<Integer> receiver = new FutureTask<>(this::receiveSignal);
      new Thread(receiver).start();
      source.sender().kill(PID, SIGUSR1);
      assertEquals(SIGUSR1, receiver.get());
    }
  }

  @Test
  void strategyThatHandlersCannotWakeIsRefused() {
    receiver.close();
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> claim(ParkingStrategies.PARK));
    assertTrue(refusal.getMessage().contains("'park'"), refusal.getMessage());
    receiver = claim(ParkingStrategies.SPIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"futex", "eventfd", "adaptive"})
  void interruptEndsReceive(String strategy) throws Exception {
    reopen(strategy);
    FutureTask<Boolean> interrupted =
        new FutureTask<>(() -> {
          assertThrows(InterruptedException.class, () -> receiver.receive());
          return Thread.currentThread().isInterrupted();
        });
    Thread thread = new Thread(interrupted);
    thread.start();
    thread.interrupt();
    assertFalse(interrupted.get());
  }

  @Test
  void signalSentWhileNobodyReceivesIsReceivedLater() throws Exception {
    receive(SIGUSR1);
    receiver.close();
    source.sender().kill(PID, SIGUSR1);
    while (block.accepted(SIGUSR1) == 0) {
      Thread.onSpinWait();
    }
    receiver = claim(new EventFdStrategy());
    assertEquals(SIGUSR1, next());
  }

  // ---- Dispositions

  @ParameterizedTest
  @ValueSource(ints = {SIGHUP, SIGINT, SIGUSR1, SIGTERM, SIGURG, REAL_TIME, 64})
  void previousDispositionIsBackByteForByte(int signal) {
    Disposition before = source.disposition(signal);
    assertEquals(before, source.previous(signal));
    source.install(signal);
    Disposition ours = source.disposition(signal);
    assertTrue(ours.ours());
    assertNotEquals(before.handler(), ours.handler());
    assertEquals(before, source.previous(signal));
    source.install(signal);
    assertEquals(before, source.previous(signal));
    assertTrue(source.restore(signal));
    assertEquals(before, source.disposition(signal));
    assertTrue(source.restore(signal), "nothing to do");
    assertEquals(before, source.disposition(signal));
  }

  @Test
  void ignoredSignalIsNotAcceptedAndItsDispositionComesBack() {
    Disposition before = source.disposition(SIGUSR1);
    receive(SIGUSR1);
    source.ignore(SIGUSR1);
    assertEquals(Disposition.IGNORE, source.disposition(SIGUSR1).handler());
    assertEquals(before, source.previous(SIGUSR1));
    long accepted = block.accepted(SIGUSR1);
    raise(SIGUSR1);
    assertEquals(accepted, block.accepted(SIGUSR1));
    source.install(SIGUSR1);
    raise(SIGUSR1);
    assertEquals(accepted + 1, block.accepted(SIGUSR1));
    assertTrue(source.restore(SIGUSR1));
    assertEquals(before, source.disposition(SIGUSR1));
  }

  @Test
  void signalThatIsNotWantedIsNotAccepted() {
    receive(SIGWINCH);
    raise(SIGWINCH);
    block.unwant(SIGWINCH);
    long accepted = block.accepted(SIGWINCH);
    raise(SIGWINCH); // ignored by default
    assertEquals(accepted, block.accepted(SIGWINCH));
    assertTrue(source.disposition(SIGWINCH).ours());
  }

  @Test
  void ownerIsTheLibraryThatHasTheHandler() {
    assertEquals("libjvm.so", source.owner(source.disposition(SIGTERM).handler()));
    receive(SIGUSR1);
    assertEquals("libsigqueue.so", source.owner(source.disposition(SIGUSR1).handler()));
    assertNull(source.owner(Disposition.DEFAULT));
    assertNull(source.owner(Disposition.IGNORE));
  }

  // ---- Bad input: an error, and nothing has changed

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE})
  void numberThatIsNoSignalIsRefused(int signal) {
    List<Consumer<Integer>> calls =
        List.of(
            source::install,
            source::ignore,
            source::restore,
            source::disposition,
            source::previous,
            source::die,
            number -> source.sender().kill(PID, number),
            number -> source.sender().queue(PID, number, 0),
            number -> source.sender().send(ProcessHandle.current(), number, null));
    for (Consumer<Integer> call : calls) {
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> call.accept(signal));
      assertTrue(refusal.getMessage().contains("signal " + signal), refusal.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SIGKILL, SIGSTOP, 32, 33})
  void signalThatNoProgramCatchesIsRefused(int signal) {
    for (Consumer<Integer> call :
        List.<Consumer<Integer>>of(source::install, source::ignore, source::restore)) {
      SignalSourceException refusal =
          assertThrows(SignalSourceException.class, () -> call.accept(signal));
      assertEquals(EINVAL, refusal.errno());
      assertTrue(refusal.getMessage().contains("signal " + signal), refusal.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1L << 31, (1L << 32) + 1})
  void pidThatIsNoProcessIsRefused(long pid) {
    assertThrows(IllegalArgumentException.class, () -> source.sender().kill(pid, SIGURG));
    assertThrows(IllegalArgumentException.class, () -> source.sender().queue(pid, SIGURG, 0));
  }

  @Test
  void processThatDoesNotExistIsAnErrorWithItsNumber() {
    SignalSourceException refusal =
        assertThrows(
            SignalSourceException.class, () -> source.sender().kill(Integer.MAX_VALUE, SIGURG));
    assertEquals(ESRCH, refusal.errno());
  }

  @Test
  void blockOfAnotherVersionIsAClearError() {
    ByteBuffer memory = ByteBuffer.allocateDirect(Shim.block().capacity());
    SignalSourceException refusal =
        assertThrows(SignalSourceException.class, () -> NativeSignalSource.map(memory));
    assertInstanceOf(LayoutMismatchException.class, refusal.getCause());
  }

  // ---- Finding

  @Test
  void serviceLoaderFindsTheSourceAndTheStrategies() {
    assertTrue(
        ServiceLoader.load(SignalSource.class).stream()
            .anyMatch(provider -> provider.type() == NativeSignalSource.class));
    assertInstanceOf(FutexStrategy.class, ParkingStrategies.byName("futex"));
    assertInstanceOf(EventFdStrategy.class, ParkingStrategies.byName("eventfd"));
  }

  @Test
  void allInstancesAreViewsOfOneSource() {
    assertEquals(block, new NativeSignalSource().block());
  }

  // ---- Tools

  private void receive(int signal) {
    block.want(signal);
    received.add(signal);
    source.install(signal);
  }

  private void reopen(String strategy) {
    receiver.close();
    receiver = claim(ParkingStrategies.byName(strategy));
  }

  /** Waits for the next signal, and takes its oldest occurrence. */
  private int next() throws InterruptedException {
    int signal = receiveSignal();
    assertTrue(ring.poll(occurrence));
    assertEquals(signal, occurrence.signal);
    return signal;
  }

  private int receiveSignal() throws InterruptedException {
    int signal = receiver.receive(DEADLINE);
    assertNotEquals(0, signal, "nothing came in time");
    return signal;
  }

  private void nextOccurrence() throws InterruptedException {
    while (!ring.poll(occurrence)) {
      receiveSignal();
    }
  }

  /** Handled before it returns: it is directed at the calling thread, which does not block it. */
  private static void raise(int signal) {
    assertEquals(0, Shim.tgkill(PID, Shim.gettid(), signal));
  }

  private void isAcceptedOnThreadNamed(String prefix) throws Exception {
    List<Integer> tids = Threads.named(prefix);
    assertFalse(tids.isEmpty(), () -> "no thread is named " + prefix);
    isAcceptedOn(tids.get(0));
  }

  private void isAcceptedOn(int tid) throws InterruptedException {
    for (int signal : new int[] {SIGUSR1, REAL_TIME}) {
      receive(signal);
      assertEquals(0, Shim.tgkill(PID, tid, signal));
      assertEquals(signal, next());
      assertEquals(SI_TKILL, occurrence.code);
      assertEquals(PID, occurrence.pid);
      assertEquals(tid, occurrence.tid);
    }
  }

  private static Thread worker(List<Integer> tids, CountDownLatch started, AtomicBoolean stop) {
    return new Thread(() -> {
      synchronized (tids) {
        tids.add(Shim.gettid());
      }
      started.countDown();
      List<byte[]> garbage = new ArrayList<>();
      while (!stop.get()) {
        garbage.add(new byte[128]);
        if (garbage.size() == 10_000) {
          garbage.clear();
        }
      }
    });
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private List<Disposition> allDispositions() {
    return IntStream.rangeClosed(SignalSet.MIN, SignalSet.MAX)
        .mapToObj(source::disposition)
        .toList();
  }

  @Test
  void stackThatIsToldIsThere() throws Exception {
    for (int ofNativeCode : new int[] {20, 40}) { // pages
      ChildJvm child = new ChildJvm().option("-XX:StackShadowPages=" + ofNativeCode);
      ChildJvm.Result result = child.run("descendWhileThereIsStack");
      assertEquals(new ChildJvm.Result("has met the end\n", 0), result);
    }
  }

  private static int ownUid() throws Exception {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }
}
