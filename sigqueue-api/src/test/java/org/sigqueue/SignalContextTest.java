package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.SignalContext.ByClose;
import org.sigqueue.SignalContext.ByParent;
import org.sigqueue.SignalContext.BySignal;
import org.sigqueue.SignalContext.SecondSignal;
import org.sigqueue.core.Occurrence;
import org.sigqueue.testing.VirtualSignalSource;

/** Contexts over a virtual source: their ends, the waiters, and second signals. */
@Timeout(120)
class SignalContextTest {
  private static final Duration SHORT = Duration.ofMillis(5);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final ExecutorService executor = Executors.newCachedThreadPool(named("test-callback"));
  private final SignalNotifier notifier =
      SignalNotifier.builder().source(source).executor(executor).build();

  @AfterEach
  void close() {
    notifier.close();
    executor.shutdown();
  }

  @Test
  void notifyContextNotificationsOnce() throws Exception {
    SignalContext context = on(Signal.INT, Signal.TERM).start();
    assertFalse(context.isDone());
    assertEquals(Optional.empty(), context.ending());
    assertEquals(Optional.empty(), context.event());
    Occurrence occurrence = new Occurrence();
    occurrence.signal = Signal.TERM.number();
    occurrence.pid = 4711;
    occurrence.uid = 42;
    assertTrue(source.raise(occurrence));
    BySignal ending = assertInstanceOf(BySignal.class, context.await());
    assertTrue(context.isDone());
    assertEquals(Optional.of(ending), context.ending());
    assertSame(ending.event(), context.event().orElseThrow());
    assertEquals(Signal.TERM, ending.event().signal());
    assertEquals(1, ending.event().count());
    assertEquals(4711, ending.event().sender().orElseThrow().pid());
    assertEquals(42, ending.event().sender().orElseThrow().uid());
    assertSame(ending.event(), context.completion().toCompletableFuture().get());
  }

  @Test
  void notifyContextNotificationsTenConcurrent() throws Exception {
    SignalContext context = on(Signal.INT).start();
    concurrently(10, () -> assertTrue(source.raise(Signal.INT), "swallowed, not lethal"));
    assertEquals(0, context.await() instanceof BySignal by ? by.event().sequence() : -1);
    assertTrue(source.raise(Signal.INT), "swallowed until closed");
    context.close();
    assertFalse(source.raise(Signal.INT));
    assertEquals(0, context.event().orElseThrow().sequence(), "the first one stays the ending");
  }

  @Test
  void notifyContextStop() {
    SignalContext context = on(Signal.HUP).start();
    assertTrue(source.disposition(Signal.HUP.number()).ours());
    assertEquals("SignalContext([SIGHUP])", context.toString());
    context.close();
    assertTrue(context.isDone());
    assertEquals(Optional.of(new ByClose()), context.ending());
    assertEquals(Optional.empty(), context.event());
    assertFalse(source.disposition(Signal.HUP.number()).ours());
    assertFalse(source.raise(Signal.HUP));
    context.close();
    assertEquals(Optional.of(new ByClose()), context.ending());
  }

  @Test
  void notifyContextCancelParent() throws Exception {
    SignalContext parent = on(Signal.TERM).start();
    SignalContext context = on(Signal.INT).parent(parent).start();
    SignalContext grandchild = on(Signal.HUP).parent(context).start();
    assertEquals("SignalContext(SignalContext([SIGTERM]), [SIGINT])", context.toString());
    parent.close();
    assertEquals(Optional.of(new ByParent(new ByClose())), context.ending());
    assertEquals(Optional.of(new ByParent(new ByParent(new ByClose()))), grandchild.ending());
    assertEquals(Optional.empty(), grandchild.event());
    assertTrue(source.block().wanted().isEmpty(), "nothing is left registered");
    assertTrue(source.raise(Signal.HUP) == source.raise(Signal.INT));
  }

  @Test
  void signalOfTheParentIsTheCauseOfTheChild() throws Exception {
    SignalContext parent = on(Signal.TERM).start();
    SignalContext context = on(Signal.INT).parent(parent).start();
    source.raise(Signal.TERM);
    ByParent ending = assertInstanceOf(ByParent.class, context.await());
    assertEquals(parent.ending(), Optional.of(ending.ending()));
    assertSame(parent.event().orElseThrow(), context.event().orElseThrow());
    assertSame(parent.event().orElseThrow(), context.completion().toCompletableFuture().get());
    until(() -> !source.block().wanted().contains(Signal.INT.number()));
    assertTrue(source.raise(Signal.TERM), "the parent swallows");
  }

  @Test
  void signalOfTheChildLeavesTheParent() throws Exception {
    SignalContext parent = on(Signal.TERM).start();
    SignalContext context = on(Signal.INT).parent(parent).start();
    source.raise(Signal.INT);
    assertInstanceOf(BySignal.class, context.await());
    assertFalse(parent.isDone());
  }

  @Test
  void childThatEndsWhileItStartsIsNotKeptByItsParent() throws Exception {
    SignalContext parent = on(Signal.TERM).start();
    AtomicBoolean over = new AtomicBoolean();
    Thread storm =
        new Thread(() -> {
          while (!over.get()) {
            source.raise(Signal.INT);
          }
        });
    storm.start();
    List<WeakReference<SignalContext>> children = new ArrayList<>();
    try {
      for (int i = 0; i < 5_000; i++) {
        try (SignalContext child = on(Signal.INT).parent(parent).start()) {
          children.add(new WeakReference<>(child));
        }
      }
    } finally {
      over.set(true);
      storm.join();
    }
    source.raise(Signal.INT);
    until(() -> {
      System.gc();
      return children.stream().allMatch(child -> child.refersTo(null));
    });
    assertFalse(parent.isDone()); // and so it was reachable
  }

  @Test
  void notifyContextPrematureCancelParent() {
    SignalContext parent = on(Signal.TERM).start();
    parent.close();
    SignalContext context = on(Signal.INT).parent(parent).start();
    assertEquals(Optional.of(new ByParent(new ByClose())), context.ending());
    assertEquals("SignalContext(SignalContext([SIGTERM]), [SIGINT])", context.toString());
    assertTrue(source.block().wanted().isEmpty(), "no registration, though nobody closes it");
    assertFalse(source.raise(Signal.INT));
  }

  @Test
  void notifyContextSimultaneousStop() throws Exception {
    for (int round = 0; round < 50; round++) {
      SignalContext context = on(Signal.INT).start();
      concurrently(
          10,
          () -> {
            context.close();
            assertTrue(context.isDone());
            assertFalse(source.raise(Signal.INT), "nothing is accepted after any of them");
          });
      assertEquals(Optional.of(new ByClose()), context.ending());
    }
  }

  @Test
  void notifyContextStringer() {
    SignalContext context = on(Signal.HUP, Signal.INT, Signal.TERM, Signal.HUP).start();
    assertEquals("SignalContext([SIGHUP, SIGINT, SIGTERM])", context.toString());
  }

  @Test
  void notifyContextCause() throws Exception {
    SignalContext signalled = on(Signal.INT).start();
    SignalContext closed = on(Signal.HUP).start();
    source.raise(Signal.INT);
    signalled.await();
    closed.close();
    signalled.close();
    assertInstanceOf(BySignal.class, signalled.ending().orElseThrow());
    assertInstanceOf(ByClose.class, closed.ending().orElseThrow());
    assertSame(
        signalled.event().orElseThrow(), signalled.completion().toCompletableFuture().join());
    CompletionException thrown =
        assertThrows(
            CompletionException.class,
            () -> closed.completion().thenApply(event -> event).toCompletableFuture().join());
    assertInstanceOf(ContextClosedException.class, thrown.getCause());
  }

  @Test
  void restoredSecondSignalTakesThePreviousActionOnceTheContextIsDone() throws Exception {
    for (int round = 0; round < 200; round++) {
      SignalContext context =
          on(Signal.INT, Signal.TERM).secondSignal(SecondSignal.RESTORE).start();
      source.raise(round % 2 == 0 ? Signal.INT : Signal.TERM);
      context.await();
      int before = source.previousActions().size();
      source.raise(Signal.INT);
      source.raise(Signal.TERM);
      until(() -> source.previousActions().size() == before + 2);
      assertEquals(1, context.event().orElseThrow().count());
      context.close();
      assertTrue(source.block().wanted().isEmpty());
    }
  }

  @Test
  void everySignalButTheFirstTakesThePreviousActionInAStorm() throws Exception {
    AtomicBoolean go = new AtomicBoolean(true);
    AtomicInteger accepted = new AtomicInteger();
    FutureTask<Void> storm =
        new FutureTask<>(() -> {
          while (go.get()) {
            if (source.raise(Signal.INT)) {
              accepted.incrementAndGet();
            }
          }
          return null;
        });
    new Thread(storm).start();
    int rounds = 50;
    for (int round = 0; round < rounds; round++) {
      SignalContext context = on(Signal.INT).secondSignal(SecondSignal.RESTORE).start();
      assertInstanceOf(BySignal.class, context.await());
      context.close();
    }
    go.set(false);
    storm.get();
    // An event can stand for more than one occurrence: no more actions than these.
    assertTrue(source.previousActions().size() <= accepted.get() - rounds);
  }

  @Test
  void handlerOfSecondSignalsMissesNoneAndRunsOffTheDispatcher() throws Exception {
    BlockingQueue<SignalEvent> seconds = new LinkedBlockingQueue<>();
    AtomicReference<String> thread = new AtomicReference<>();
    SignalContext context =
        on(Signal.INT, Signal.TERM)
            .secondSignal(event -> {
              thread.set(Thread.currentThread().getName());
              seconds.add(event);
            })
            .start();
    source.raise(Signal.INT);
    context.await();
    assertTrue(seconds.isEmpty());
    for (int i = 0; i < 100; i++) {
      source.raise(i % 2 == 0 ? Signal.INT : Signal.TERM);
    }
    long ints = 0;
    long terms = 0;
    while (ints + terms < 100) {
      SignalEvent event = seconds.take();
      if (event.signal().equals(Signal.INT)) {
        ints += event.count();
      } else {
        terms += event.count();
      }
    }
    assertEquals(50, ints);
    assertEquals(50, terms);
    assertEquals("test-callback", thread.get());
    assertEquals(0, context.event().orElseThrow().sequence());
  }

  @Test
  void secondSignalsThatComeDuringACallAreMergedIntoOne() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    BlockingQueue<Long> counts = new LinkedBlockingQueue<>();
    SignalContext context =
        on(Signal.INT)
            .secondSignal(event -> {
              assertEquals(1, running.incrementAndGet());
              entered.countDown();
              await(release);
              running.decrementAndGet();
              counts.add(event.count());
            })
            .start();
    source.raise(Signal.INT);
    source.raise(Signal.INT);
    entered.await();
    try (SignalChannel behind = SignalChannel.coalescing()) {
      notifier.register(behind, Signal.INT);
      for (int i = 0; i < 5000; i++) {
        assertTrue(source.raise(Signal.INT));
      }
      // Another signal would not tell: those that find the ring full are offered after the rest.
      until(() -> behind.stats().accepted() == 5000);
    }
    release.countDown();
    assertEquals(1, counts.take());
    assertEquals(5000, counts.take());
    context.close();
  }

  @Test
  void throwingHandlerOfSecondSignalsIsCalledAgain() throws Exception {
    BlockingQueue<Long> calls = new LinkedBlockingQueue<>();
    on(Signal.INT)
        .secondSignal(event -> {
          calls.add(event.sequence());
          throw new IllegalStateException("on purpose, of a test");
        })
        .start();
    source.raise(Signal.INT);
    source.raise(Signal.INT);
    assertEquals(1, calls.take());
    source.raise(Signal.INT);
    assertEquals(2, calls.take());
  }

  @Test
  void noCallForASecondSignalStartsAfterTheNotifierIsClosed() throws Exception {
    AtomicInteger seconds = new AtomicInteger();
    BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();
    SignalNotifier other = SignalNotifier.builder().source(source).executor(waiting::add).build();
    SignalContext context =
        other.context(Signal.INT).secondSignal(event -> seconds.incrementAndGet()).start();
    source.raise(Signal.INT);
    source.raise(Signal.INT);
    List<Runnable> handedOver = List.of(waiting.take(), waiting.take()); // completion, and the call
    other.close();
    handedOver.forEach(Runnable::run);
    assertEquals(0, seconds.get());
    assertTrue(context.isDone());
  }

  @Test
  void handlerOfSecondSignalsMayCloseTheContext() throws Exception {
    AtomicReference<SignalContext> self = new AtomicReference<>();
    CountDownLatch closed = new CountDownLatch(1);
    self.set(
        on(Signal.INT)
            .secondSignal(event -> {
              self.get().close();
              closed.countDown();
            })
            .start());
    source.raise(Signal.INT);
    source.raise(Signal.INT);
    closed.await();
    assertFalse(source.raise(Signal.INT));
  }

  @Test
  void contextThatItsParentEndedTakesNoSecondSignals() throws Exception {
    AtomicInteger seconds = new AtomicInteger();
    SignalContext parent = on(Signal.INT).start();
    SignalContext context =
        on(Signal.INT).parent(parent).secondSignal(event -> seconds.incrementAndGet()).start();
    source.raise(Signal.INT);
    assertInstanceOf(ByParent.class, context.await());
    source.raise(Signal.INT);
    parent.close(); // all that was accepted has been offered
    context.close();
    assertEquals(0, seconds.get());
  }

  @Test
  void awaitWaitsNotLongerThanTheTimeout() throws Exception {
    SignalContext context = on(Signal.INT).start();
    assertEquals(Optional.empty(), context.await(SHORT));
    assertEquals(Optional.empty(), context.await(Duration.ZERO));
    assertEquals(Optional.empty(), context.await(Duration.ofSeconds(-1)));
    source.raise(Signal.INT);
    assertEquals(
        Signal.INT,
        context.await(Duration.ofSeconds(Long.MAX_VALUE)).isPresent()
            ? context.event().orElseThrow().signal()
            : null);
  }

  @Test
  void awaitIsInterruptible() throws Exception {
    SignalContext context = on(Signal.INT).start();
    FutureTask<Object> waiter = new FutureTask<>(context::await);
    Thread thread = new Thread(waiter);
    thread.start();
    thread.interrupt();
    Throwable thrown = assertThrows(Exception.class, waiter::get).getCause();
    assertInstanceOf(InterruptedException.class, thrown);
    assertFalse(context.isDone());
  }

  @Test
  void everyWaiterIsToldOnVirtualThreadsToo() throws Exception {
    ExecutorService waiters = virtualThreads();
    try {
      SignalContext context = on(Signal.INT).start();
      List<Future<SignalContext.Ending>> endings = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        endings.add(waiters.submit(() -> context.await()));
      }
      source.raise(Signal.INT);
      for (Future<SignalContext.Ending> ending : endings) {
        assertSame(context.await(), ending.get());
      }
    } finally {
      waiters.shutdown();
    }
  }

  @Test
  void completionCannotBeCompletedFromOutside() throws Exception {
    SignalContext context = on(Signal.INT).start();
    CompletableFuture<SignalEvent> copy = context.completion().toCompletableFuture();
    assertTrue(copy.cancel(true));
    assertFalse(context.isDone());
    assertThrows(
        UnsupportedOperationException.class,
        () -> ((CompletableFuture<SignalEvent>) context.completion()).complete(null));
    source.raise(Signal.INT);
    assertEquals(Signal.INT, context.completion().toCompletableFuture().get().signal());
  }

  @Test
  void dependentsOfTheCompletionRunOnTheExecutor() throws Exception {
    SignalContext context = on(Signal.INT).start();
    BlockingQueue<String> threads = new LinkedBlockingQueue<>();
    context.completion().thenRun(() -> threads.add(Thread.currentThread().getName()));
    source.raise(Signal.INT);
    assertEquals("test-callback", threads.take());
  }

  @Test
  void blockedExecutorDelaysNeitherTheEndNorItsWaiters() throws Exception {
    List<Runnable> held = new CopyOnWriteArrayList<>();
    SignalNotifier blocked = SignalNotifier.builder().source(source).executor(held::add).build();
    SignalContext parent = blocked.notifyContext(Signal.INT);
    SignalContext context = blocked.context(Signal.TERM).parent(parent).start();
    source.raise(Signal.INT);
    assertInstanceOf(BySignal.class, parent.await());
    assertInstanceOf(ByParent.class, context.await());
    assertFalse(parent.completion().toCompletableFuture().isDone());
    context.close(); // ends its registration itself
    assertFalse(source.raise(Signal.TERM));
    parent.close();
    for (int i = 0; i < 2; i++) {
      until(() -> !held.isEmpty());
      held.remove(0).run();
    }
    assertTrue(parent.completion().toCompletableFuture().isDone());
    assertTrue(context.completion().toCompletableFuture().isDone());
  }

  @Test
  void executorThatRefusesIsReplaced() throws Exception {
    SignalNotifier refusing =
        SignalNotifier.builder()
            .source(source)
            .executor(task -> {
              throw new RejectedExecutionException("on purpose, of a test");
            })
            .build();
    SignalContext context = refusing.notifyContext(Signal.INT);
    source.raise(Signal.INT);
    assertEquals(Signal.INT, context.completion().toCompletableFuture().get().signal());
  }

  @Test
  void signalAndCloseAtTheSameTimeLeaveOneCause() throws Exception {
    for (int round = 0; round < 200; round++) {
      SignalContext context =
          on(Signal.INT)
              .secondSignal(round % 2 == 0 ? SecondSignal.SWALLOW : SecondSignal.RESTORE)
              .start();
      SignalContext child = on(Signal.HUP).parent(context).start();
      AtomicBoolean accepted = new AtomicBoolean();
      CyclicBarrier start = new CyclicBarrier(2);
      FutureTask<Void> sender =
          new FutureTask<>(() -> {
            start.await();
            accepted.set(source.raise(Signal.INT));
            return null;
          });
      new Thread(sender).start();
      start.await();
      context.close();
      SignalContext.Ending ending = context.ending().orElseThrow();
      sender.get();
      assertFalse(source.raise(Signal.INT));
      assertTrue(accepted.get() || ending instanceof ByClose);
      assertSame(ending, context.ending().orElseThrow());
      assertEquals(new ByParent(ending), child.await());
      assertEquals(
          ending instanceof BySignal,
          context
              .completion()
              .handle((event, thrown) -> event != null)
              .toCompletableFuture()
              .get());
      until(() -> source.block().wanted().isEmpty());
    }
  }

  @Test
  void inlineHandlerMayCloseAContext() throws Exception {
    SignalContext parent = on(Signal.INT).start();
    SignalContext context = on(Signal.TERM).parent(parent).start();
    CountDownLatch closed = new CountDownLatch(1);
    notifier.subscribeInline(
        occurrence -> {
          parent.close();
          closed.countDown();
        },
        Signal.USR1);
    source.raise(Signal.USR1);
    closed.await();
    assertEquals(Optional.of(new ByClose()), parent.ending());
    assertEquals(Optional.of(new ByParent(new ByClose())), context.ending());
    assertFalse(source.raise(Signal.INT));
    assertFalse(source.raise(Signal.TERM));
  }

  @Test
  void contextsOfTwoSourcesMayEndEachOther() throws Exception {
    VirtualSignalSource otherSource = new VirtualSignalSource();
    try (SignalNotifier other = SignalNotifier.builder().source(otherSource).build()) {
      for (int round = 0; round < 200; round++) {
        SignalContext here = on(Signal.INT).start();
        SignalContext there = other.context(Signal.INT).start();
        SignalContext childHere = on(Signal.HUP).parent(there).start();
        SignalContext childThere = other.context(Signal.HUP).parent(here).start();
        concurrently(
            2,
            () -> {
              source.raise(Signal.INT);
              otherSource.raise(Signal.INT);
            });
        assertInstanceOf(ByParent.class, childHere.await());
        assertInstanceOf(ByParent.class, childThere.await());
        here.close();
        there.close();
        until(() -> source.block().wanted().isEmpty());
        until(() -> otherSource.block().wanted().isEmpty());
      }
    }
  }

  @Test
  void contextsEndWithTheNotifier() throws Exception {
    SignalContext context = on(Signal.INT).start();
    notifier.close();
    assertEquals(Optional.of(new ByClose()), context.ending());
    assertTrue(source.block().wanted().isEmpty());
    assertThrows(IllegalStateException.class, () -> on(Signal.INT).start());
  }

  @Test
  void badArgumentsAreRefusedAndNothingChanges() {
    assertThrows(IllegalArgumentException.class, this::on);
    assertThrows(NullPointerException.class, () -> on(Signal.INT, null));
    assertThrows(NullPointerException.class, () -> on(Signal.INT).parent(null));
    assertThrows(
        NullPointerException.class, () -> on(Signal.INT).secondSignal((SecondSignal) null));
    assertThrows(UnsupportedSignalException.class, () -> on(Signal.INT, Signal.KILL).start());
    assertTrue(source.block().wanted().isEmpty());
  }

  @Test
  void childOfARefusedStartIsNotAdopted() throws Exception {
    SignalContext parent = on(Signal.TERM).start();
    assertThrows(UnsupportedSignalException.class, () -> on(Signal.KILL).parent(parent).start());
    parent.close();
    assertNotEquals(Optional.empty(), parent.ending());
  }

  private SignalContext.Builder on(Signal... signals) {
    return notifier.context(signals);
  }

  private static void concurrently(int threads, Runnable action) throws Exception {
    CyclicBarrier start = new CyclicBarrier(threads);
    List<FutureTask<Void>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      FutureTask<Void> task =
          new FutureTask<>(() -> {
            start.await();
            action.run();
            return null;
          });
      new Thread(task).start();
      running.add(task);
    }
    for (FutureTask<Void> task : running) {
      task.get();
    }
  }

  /** Waits for a condition that another thread brings about; the test's timeout is the deadline. */
  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private static ExecutorService virtualThreads() throws Exception {
    Assumptions.assumeTrue(Runtime.version().feature() >= 21, "no virtual threads here");
    return (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }
}
