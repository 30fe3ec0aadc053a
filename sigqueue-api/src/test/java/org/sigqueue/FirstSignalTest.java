package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** The first signal comes before its registration has returned to the caller. */
@Timeout(120)
class FirstSignalTest {
  private final VirtualSignalSource virtual = new VirtualSignalSource();
  private Runnable whileRegistering = () -> {};
  private final SignalNotifier notifier =
      SignalNotifier.builder().source(source()).exclusive(Signal.TERM).build();

  @AfterEach
  void close() {
    notifier.close();
  }

  /** The last thing that a registration does is to make its signals exclusive. */
  private SignalSource source() {
    return (SignalSource)
        Proxy.newProxyInstance(
            SignalSource.class.getClassLoader(),
            new Class<?>[] {SignalSource.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("enterExclusive")) {
                whileRegistering.run();
              }
              try {
                return method.invoke(virtual, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) { // by the timeout of the test
      throw new AssertionError(e);
    }
  }

  private boolean isReceived() {
    return virtual.disposition(Signal.TERM.number()).ours();
  }

  private static boolean isAnyThreadIn(Class<?> type) {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> !entry.getKey().equals(Thread.currentThread()))
        .anyMatch(entry ->
            Arrays.stream(entry.getValue())
                .anyMatch(frame -> frame.getClassName().startsWith(type.getName())));
  }

  @Test
  void handlerOfOnceIsNeverCalledWhileTheSignalIsStillReceived() throws Exception {
    CompletableFuture<Boolean> received = new CompletableFuture<>();
    whileRegistering =
        () -> {
          virtual.raise(Signal.TERM);
          while (!received.isDone() && !isAnyThreadIn(Signals.class)) {
            pause();
          }
        };
    Registration registration =
        Signals.once(notifier, event -> received.complete(isReceived()), Signal.TERM);
    assertFalse(received.get());
    registration.close();
  }

  @Test
  void refusedRegistrationOfOnceLeavesNoThreadThatWaits() throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    whileRegistering =
        () -> {
          virtual.raise(Signal.TERM);
          while (!isAnyThreadIn(Signals.class)) {
            pause();
          }
          throw new OutOfMemoryError("on purpose, of a test");
        };
    assertThrows(
        OutOfMemoryError.class,
        () -> Signals.once(notifier, event -> called.countDown(), Signal.TERM));
    while (isAnyThreadIn(Signals.class)) {
      pause();
    }
    assertEquals(1, called.getCount());
    assertFalse(isReceived());
  }

  @Test
  void signalThatWasAcceptedIsNotLostByAnInterruptOfAwait() throws Exception {
    whileRegistering = () -> virtual.raise(Signal.TERM);
    FutureTask<SignalEvent> waiting =
        new FutureTask<>(() -> {
          Thread.currentThread().interrupt();
          SignalEvent event = Signals.await(notifier, Signal.TERM);
          assertTrue(Thread.interrupted());
          return event;
        });
    new Thread(waiting).start();
    assertEquals(Signal.TERM, waiting.get().signal());
    assertFalse(isReceived());
  }

  @Test
  void interruptWithoutASignalEndsAwait() throws Exception {
    FutureTask<SignalEvent> waiting =
        new FutureTask<>(() -> {
          Thread.currentThread().interrupt();
          return Signals.await(notifier, Signal.TERM);
        });
    new Thread(waiting).start();
    assertEquals(
        InterruptedException.class,
        assertThrows(ExecutionException.class, waiting::get).getCause().getClass());
    assertFalse(isReceived());
  }
}
