package org.sigqueue.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.ChannelClosedException;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.park.InconsistentStateException;
import org.sigqueue.core.park.Note;
import org.sigqueue.core.park.NoteWord;
import org.sigqueue.core.park.ParkingStrategy;
import org.sigqueue.core.park.WakeMethod;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** A taker that borrows the dispatch loop's role, and each way in which the loan ends. */
@Timeout(120)
class LendingTest {
  private static final int STATE = 72; // the offset of the state in the block, and its values
  private static final int WAITING = 2;
  private static final int LENT = 4;
  private static final int MANY = 20;
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(5);

  private final Set<Thread> before = dispatchers();
  private final VirtualSignalSource source = new VirtualSignalSource();
  private final ObservedStrategy parking = new ObservedStrategy();
  private final List<StackLook> looks = new CopyOnWriteArrayList<>();
  private final SignalNotifier notifier =
      SignalNotifier.builder().source(observed()).parking(parking).build();
  private final SignalChannel channel = SignalChannel.queueing(1 << 16);

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void signalWakesTheTakerAndNotTheDispatcher() throws Exception {
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    int woken = parking.dispatcherWoken.get();
    for (int i = 0; i < MANY; i++) {
      source.raise(Signal.USR1);
      assertEquals(i, taker.get().sequence());
      taker = startTaker();
    }
    assertEquals(woken, parking.dispatcherWoken.get());
    assertEquals(new DeliveryStats(MANY, 0, 0), channel.stats());
  }

  @Test
  void dispatcherIsWokenWhenNobodyBorrows() throws Exception {
    notifier.register(channel, Signal.USR1);
    await(WAITING);
    int woken = parking.dispatcherWoken.get();
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, channel.take().signal());
    assertTrue(parking.dispatcherWoken.get() > woken); // so the other tests can tell
  }

  @Test
  void timedPollBorrowsAsTakeDoes() throws Exception {
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startBorrower(() -> channel.poll(LONG));
    int woken = parking.dispatcherWoken.get();
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
    assertEquals(woken, parking.dispatcherWoken.get());
  }

  @Test
  void takerServesOtherChannelsAndCallbacks() throws Exception {
    SignalChannel other = SignalChannel.coalescing();
    BlockingQueue<SignalEvent> handled = new ArrayBlockingQueue<>(1);
    notifier.register(channel, Signal.USR1);
    notifier.register(other, Signal.HUP);
    notifier.subscribe(handled::add, Signal.HUP);
    FutureTask<SignalEvent> taker = startTaker();
    FutureTask<SignalEvent> second = startAtTheBell(other::take);
    int woken = parking.dispatcherWoken.get();
    source.raise(Signal.HUP);
    assertEquals(Signal.HUP, second.get().signal());
    assertEquals(Signal.HUP, Objects.requireNonNull(handled.poll(60, TimeUnit.SECONDS)).signal());
    assertFalse(taker.isDone());
    await(LENT); // it waits again
    assertEquals(woken, parking.dispatcherWoken.get());
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
  }

  @Test
  void takersOfTwoChannelsBothGetTheirs() throws Exception {
    SignalChannel other = SignalChannel.queueing(4);
    notifier.register(channel, Signal.USR1);
    notifier.register(other, Signal.HUP);
    for (int i = 0; i < MANY; i++) {
      FutureTask<SignalEvent> one = start(channel::take);
      FutureTask<SignalEvent> two = start(other::take);
      source.raise(Signal.HUP);
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, one.get().signal());
      assertEquals(Signal.HUP, two.get().signal());
    }
  }

  @Test
  void takersOfOneChannelBothGetAnEvent() throws Exception {
    notifier.register(channel, Signal.USR1);
    for (int i = 0; i < MANY; i++) {
      FutureTask<SignalEvent> one = start(channel::take);
      FutureTask<SignalEvent> two = start(channel::take);
      source.raise(Signal.USR1);
      source.raise(Signal.USR1);
      assertEquals(4L * i + 1, one.get().sequence() + two.get().sequence());
    }
  }

  @Test
  void inlineHandlerThatComesWhileLentRunsOnTheDispatcherInItsTurn() throws Exception {
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    List<String> threads = new CopyOnWriteArrayList<>();
    SignalChannel behind = SignalChannel.queueing(4);
    notifier.subscribeInline(
        occurrence -> threads.add(Thread.currentThread().getName()), Signal.USR1);
    notifier.register(behind, Signal.USR1);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
    assertEquals(Signal.USR1, behind.take().signal());
    assertEquals(List.of("sigqueue-dispatcher"), threads);
  }

  @Test
  void nothingIsLentWhileThereIsAnInlineHandler() throws Exception {
    notifier.register(channel, Signal.USR1);
    Registration inline = notifier.subscribeInline(occurrence -> {}, Signal.HUP);
    boolean lent = false;
    AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    FutureTask<SignalEvent> taker =
        start(() -> {
          thread.set(Thread.currentThread());
          return channel.take();
        });
    while (thread.get() == null
        || Objects.requireNonNull(thread.get()).getState() != Thread.State.WAITING) {
      lent = lent || state() == LENT;
    }
    assertFalse(lent || state() == LENT);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
    inline.close();
    assertFalse(startTaker().isDone());
  }

  @Test
  void contextIsEndedByTheDispatcher() throws Exception {
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    SignalContext context = notifier.notifyContext(Signal.USR1);
    source.raise(Signal.USR1);
    context.await();
    assertEquals(Signal.USR1, taker.get().signal());
  }

  @Test
  void observersLetThePreviousActionFollowOnTheDispatcher() throws Exception {
    notifier.register(channel, Signal.HUP);
    FutureTask<SignalEvent> taker = startTaker();
    notifier.observe(event -> {}, Signal.TERM);
    source.raise(Signal.TERM);
    while (!source.previousActions().contains(Signal.TERM)) {
      Thread.onSpinWait();
    }
    source.raise(Signal.HUP);
    assertEquals(Signal.HUP, taker.get().signal());
  }

  @Test
  void endOfTheLastRegistrationWhileLentEndsTheDispatcher() throws Exception {
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    Thread dispatcher = dispatcher();
    notifier.stop(channel);
    dispatcher.join();
    assertFalse(taker.isDone());
    notifier.register(channel, Signal.USR1); // and a new one serves the taker, which still waits
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
    assertFalse(startTaker().isDone());
  }

  @Test
  void endOfARegistrationWhileLentIsDrained() throws Exception {
    SignalChannel other = SignalChannel.queueing(4);
    notifier.register(channel, Signal.USR1);
    notifier.register(other, Signal.HUP);
    FutureTask<SignalEvent> taker = startTaker();
    source.raise(Signal.HUP);
    notifier.stop(other);
    assertEquals(Signal.HUP, Objects.requireNonNull(other.poll()).signal());
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
  }

  @Test
  void closeOfTheChannelEndsTheLoan() throws Exception {
    notifier.subscribe(event -> {}, Signal.HUP); // keeps the dispatcher
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    channel.close();
    ExecutionException thrown = assertThrows(ExecutionException.class, taker::get);
    assertEquals(ChannelClosedException.class, thrown.getCause().getClass());
    await(WAITING);
  }

  @Test
  void timeoutEndsTheLoan() throws Exception {
    notifier.register(channel, Signal.USR1);
    await(WAITING);
    assertNull(channel.poll(SHORT));
    await(WAITING);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, channel.take().signal());
  }

  @Test
  void interruptEndsTheLoanAndLosesNothing() throws Exception {
    notifier.register(channel, Signal.USR1);
    await(WAITING);
    FutureTask<SignalEvent> taker = new FutureTask<>(channel::take);
    Thread thread = new Thread(taker);
    thread.start();
    await(LENT);
    thread.interrupt();
    ExecutionException thrown = assertThrows(ExecutionException.class, taker::get);
    assertEquals(InterruptedException.class, thrown.getCause().getClass());
    await(WAITING);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, channel.take().signal());
  }

  @Test
  void offerOfAnotherDispatcherEndsTheLoan() throws Exception {
    VirtualSignalSource second = new VirtualSignalSource();
    try (SignalNotifier other = SignalNotifier.builder().source(second).build()) {
      other.register(channel, Signal.HUP);
      notifier.register(channel, Signal.USR1);
      for (int i = 0; i < MANY; i++) {
        FutureTask<SignalEvent> taker = startTaker();
        second.raise(Signal.HUP);
        assertEquals(Signal.HUP, taker.get().signal());
      }
    }
  }

  @Test
  void interruptOfTheDispatcherEndsNothing() throws Exception {
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    for (int i = 0; i < MANY; i++) {
      dispatcher().interrupt();
    }
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
  }

  @Test
  void failureOfTheDispatcherWhileLentIsToldToTheTaker() throws Exception {
    ObservedStrategy failing = new ObservedStrategy();
    VirtualSignalSource other = new VirtualSignalSource();
    SignalNotifier fails = SignalNotifier.builder().source(other).parking(failing).build();
    fails.register(channel, Signal.USR1);
    await(other, WAITING);
    FutureTask<SignalEvent> taker = start(channel::take);
    await(other, LENT);
    failing.failing = true;
    ExecutionException thrown = assertThrows(ExecutionException.class, taker::get);
    assertEquals(ChannelClosedException.class, thrown.getCause().getClass());
    assertEquals(InconsistentStateException.class, thrown.getCause().getCause().getClass());
    assertFalse(other.raise(Signal.USR1));
    fails.close();
  }

  @Test
  void errorOfTheTakerWhileItServesLeavesTheSignalToTheDispatcher() throws Exception {
    for (Error error : new Error[] {new OutOfMemoryError(), new StackOverflowError()}) {
      SignalChannel own = SignalChannel.queueing(4);
      Registration registration = notifier.register(own, Signal.USR1);
      FutureTask<SignalEvent> taker = startBorrower(own::take);
      // Behind the channel, so that the channel has got it: once.
      FailingOnTheTaker subscriber = new FailingOnTheTaker(error);
      Registration failing = register(subscriber, Signal.USR1);
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, taker.get().signal());
      failing.close();
      registration.close();
      assertSame(error, subscriber.thrown);
      assertEquals(new DeliveryStats(1, 0, 0), own.stats());
      assertEquals(new DeliveryStats(1, 0, 0), subscriber.stats());
    }
  }

  @Test
  void loopDeliversWhatATakerHasTakenFromTheMaskAndFailedToDeliver() throws Exception {
    int sent = source.block().ringCapacity() + MANY; // more than have room: the mask alone tells
    notifier.register(channel, Signal.USR1);
    FutureTask<SignalEvent> taker = startTaker();
    FailingOnTheTaker subscriber = new FailingOnTheTaker(new OutOfMemoryError());
    Registration failing = register(subscriber, Signal.USR1);
    parking.hold(); // or it would take some of them before they are too many
    for (int i = 0; i < sent; i++) {
      source.raise(Signal.USR1);
    }
    assertEquals(MANY, source.block().lost(Signal.USR1.number()));
    parking.held = false;
    assertEquals(Signal.USR1, taker.get().signal());
    DeliveryStats all = new DeliveryStats(sent - MANY + 1, MANY - 1, 0); // the rest is one event
    while (!subscriber.stats().equals(all)) {
      Thread.onSpinWait(); // no other signal comes; the deadline is the test's
    }
    failing.close();
    assertEquals(all, channel.stats());
  }

  @Test
  void loansAreCountedForTheBackoff() throws Exception {
    LoanBackoff backoff = registerAndFindBackoff();
    long before = System.nanoTime();
    FutureTask<SignalEvent> taker = startTaker();
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
    assertFalse(backoff.isOn(before));
    backoff.count(before, 1); // earlier than the loan, if that was counted: so it is a storm
    assertTrue(backoff.isOn(before));
  }

  @Test
  void occurrencesOfTheLoopAreCountedForTheBackoff() throws Exception {
    LoanBackoff backoff = registerAndFindBackoff();
    long before = System.nanoTime();
    for (int burst = 1_000; !backoff.isOn(before); burst *= 2) {
      for (int i = 0; i < burst; i++) {
        source.raise(Signal.USR1); // nobody borrows
      }
      await(WAITING);
      channel.drainTo(new ArrayList<>());
      FutureTask<SignalEvent> taker = startTaker();
      source.raise(Signal.USR1);
      assertEquals(Signal.USR1, taker.get().signal());
    }
  }

  @Test
  void nothingIsLentDuringTheBackoff() throws Exception {
    LoanBackoff backoff = registerAndFindBackoff();
    long later = System.nanoTime() + LONG.toNanos();
    backoff.count(later, 1);
    backoff.count(later, 2);
    await(WAITING);
    FutureTask<SignalEvent> taker = startAtTheBell(channel::take);
    assertEquals(WAITING, state());
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, taker.get().signal());
  }

  /** Registers the channel, and a subscriber that is told who lends. */
  private LoanBackoff registerAndFindBackoff() {
    notifier.register(channel, Signal.USR1);
    LendingSubscriber told = new LendingSubscriber();
    register(told, Signal.HUP).close();
    return Objects.requireNonNull(told.lending).backoff();
  }

  private Registration register(Subscriber subscriber, Signal signal) {
    return Hub.of(source)
        .register(
            new Owner(null, SignalSet.EMPTY, false, null),
            subscriber,
            SignalSet.of(signal.number()));
  }

  @Test
  void takerAtTheEndOfItsStackDoesNotBorrow() throws Exception {
    notifier.register(channel, Signal.USR1);
    source.raise(Signal.USR1);
    assertEquals(Signal.USR1, channel.take().signal()); // loads what it needs
    await(WAITING);
    AtomicBoolean entered = new AtomicBoolean();
    FutureTask<Integer> descent = new FutureTask<>(() -> takeAtTheEnd(entered));
    Thread deep = new Thread(null, descent, "deep", 1 << 18);
    deep.start();
    while (!entered.get() || !isWaiting(deep)) {
      Thread.onSpinWait();
    }
    assertEquals(WAITING, state());
    source.raise(Signal.USR1);
    descent.get();
    assertEquals(new DeliveryStats(2, 0, 0), channel.stats());
  }

  /** Another thread has another stack. */
  @Test
  void stackThatWasFoundIsToldToTheSameThreadOnly() throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    ExecutorService two = Executors.newSingleThreadExecutor();
    notifier.register(channel, Signal.USR1);
    looks.clear(); // of the registration
    try {
      for (ExecutorService executor : List.of(one, one, two, two, one)) {
        await(WAITING);
        Future<SignalEvent> taker = executor.submit(channel::take);
        await(LENT);
        source.raise(Signal.USR1);
        assertEquals(Signal.USR1, taker.get().signal());
      }
    } finally {
      one.shutdown();
      two.shutdown();
    }
    StackLook last = new StackLook(Thread.currentThread(), 0, 0);
    int told = 0;
    for (StackLook look : looks) {
      assertEquals(look.thread == last.thread ? last.found : 0, look.told);
      told += look.told == 0 ? 0 : 1;
      last = look;
    }
    assertTrue(told >= 2);
  }

  private record StackLook(Thread thread, long told, long found) {}

  private SignalSource observed() {
    return (SignalSource)
        Proxy.newProxyInstance(
            SignalSource.class.getClassLoader(),
            new Class<?>[] {SignalSource.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("findStack")) {
                boolean isThere = source.findStack((int) arguments[0], 0) != 0;
                long found = isThere ? looks.size() + 1 : 0;
                looks.add(new StackLook(Thread.currentThread(), (long) arguments[1], found));
                return found;
              }
              try {
                return method.invoke(source, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.WAITING
        || thread.getState() == Thread.State.TIMED_WAITING;
  }

  /** Takes one event, some levels above the deepest one. */
  @SuppressWarnings("InfiniteRecursion") // to the end of the stack
  private int takeAtTheEnd(AtomicBoolean entered) throws InterruptedException {
    int above = 0;
    try {
      above = takeAtTheEnd(entered) + 1;
    } catch (StackOverflowError e) {
      // From here on upwards.
    }
    if (above == 200) {
      entered.set(true);
      channel.take();
    }
    return above;
  }

  private FutureTask<SignalEvent> startTaker() {
    return startBorrower(channel::take);
  }

  /**
   * Nothing is lent by a dispatcher that is awake, nor in the backoff from loans that a fast test
   * makes.
   */
  private FutureTask<SignalEvent> startBorrower(Callable<SignalEvent> take) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < LoanBackoff.MAX_NANOS) {
      LockSupport.parkNanos(LoanBackoff.MAX_NANOS);
    }
    await(WAITING);
    FutureTask<SignalEvent> taker = start(take);
    await(LENT);
    return taker;
  }

  /** A taker while another one borrows: waits until it has looked and has found no event. */
  private static FutureTask<SignalEvent> startAtTheBell(Callable<SignalEvent> take) {
    FutureTask<SignalEvent> taker = new FutureTask<>(take);
    Thread thread = new Thread(taker);
    thread.setDaemon(true);
    thread.start();
    while (thread.getState() != Thread.State.WAITING) { // at the bell; a borrower's is timed
      Thread.onSpinWait();
    }
    return taker;
  }

  private static <T> FutureTask<T> start(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private int state() {
    return state(source);
  }

  private static int state(VirtualSignalSource of) {
    return Objects.requireNonNull(of.block().memory()).getInt(STATE);
  }

  private void await(int state) {
    await(source, state);
  }

  private static void await(VirtualSignalSource of, int state) {
    while (state(of) != state) {
      Thread.onSpinWait();
    }
  }

  private static boolean isDispatcher(Thread thread) {
    return thread.getName().equals("sigqueue-dispatcher");
  }

  private static Set<Thread> dispatchers() {
    Set<Thread> found = new HashSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (isDispatcher(thread)) {
        found.add(thread);
      }
    }
    return found;
  }

  private Thread dispatcher() {
    Set<Thread> now = dispatchers();
    now.removeAll(before);
    assertEquals(1, now.size());
    return now.iterator().next();
  }

  /** A subscriber whose taker's thread fails in the midst of serving, once. */
  private static final class FailingOnTheTaker extends Subscriber {
    private final Error error;
    private volatile @Nullable Error thrown;

    FailingOnTheTaker(Error error) {
      this.error = error;
    }

    @Override
    boolean needsLoop() {
      if (!isDispatcher(Thread.currentThread())) {
        thrown = error;
        throw error;
      }
      return false;
    }

    @Override
    boolean offer(Delivery offer, DeliveryCounter counter) {
      counter.deliver(offer.count());
      return true;
    }

    @Override
    void fail(Throwable why) {}

    @Override
    @Nullable RuntimeException refusal() {
      return null;
    }
  }

  /** A subscriber that is told who lends. */
  private static final class LendingSubscriber extends Subscriber {
    private volatile @Nullable Lending lending;

    @Override
    void dispatchedBy(Lending by) {
      lending = by;
    }

    @Override
    boolean offer(Delivery offer, DeliveryCounter counter) {
      return false;
    }

    @Override
    void fail(Throwable why) {}

    @Override
    @Nullable RuntimeException refusal() {
      return null;
    }
  }

  /** Notes that park; what the dispatcher's does, a test sees and changes. */
  private static final class ObservedStrategy implements ParkingStrategy {
    private volatile boolean failing;
    private volatile boolean held; // the borrower stays in its sleep
    private volatile boolean holding; // it does
    private final AtomicInteger dispatcherWoken = new AtomicInteger();

    /** Keeps the borrower in its sleep; returns when it is there. */
    void hold() {
      held = true;
      while (!holding) {
        Thread.onSpinWait();
      }
    }

    @Override
    public String name() {
      return "observed";
    }

    @Override
    public Note newNote(NoteWord word) {
      return new Note(word instanceof SharedBlock ? new CountedWord(word, dispatcherWoken) : word) {
        private volatile @Nullable Thread sleeper;

        @Override
        public WakeMethod wakeMethod() {
          return WakeMethod.NONE;
        }

        @Override
        protected void block(long timeoutNanos) {
          sleeper = Thread.currentThread();
          if (!isWoken()) {
            LockSupport.parkNanos(this, Math.min(timeoutNanos, TimeUnit.MILLISECONDS.toNanos(10)));
          }
          boolean isDispatchers = isDispatcher(Thread.currentThread());
          while (held && !isDispatchers) {
            holding = true;
            Thread.onSpinWait();
          }
          if (isDispatchers && failing) {
            throw new InconsistentStateException("the note has failed");
          }
        }

        @Override
        protected void unblock() {
          LockSupport.unpark(sleeper);
        }
      };
    }
  }

  /** The word of the dispatcher's note. Counts wake-ups where they are made, asleep or not yet. */
  private record CountedWord(NoteWord word, AtomicInteger woken) implements NoteWord {
    @Override
    public int noteVolatile() {
      return word.noteVolatile();
    }

    @Override
    public void setNoteRelease(int bits) {
      word.setNoteRelease(bits);
    }

    @Override
    public int orNote(int bits) {
      if ((bits & WOKEN) != 0) {
        woken.incrementAndGet(); // before the wake-up, which may be seen at once
      }
      return word.orNote(bits);
    }

    @Override
    public int andNote(int bits) {
      return word.andNote(bits);
    }

    @Override
    public @Nullable ByteBuffer memory() {
      return word.memory();
    }

    @Override
    public int noteOffset() {
      return word.noteOffset();
    }

    @Override
    public ParkingStrategy sleeper() {
      return word.sleeper();
    }
  }
}
