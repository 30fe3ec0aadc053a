package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ContextClosedException;
import org.sigqueue.Signal;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalContext.ByClose;
import org.sigqueue.SignalContext.ByParent;
import org.sigqueue.SignalContext.BySignal;
import org.sigqueue.SignalContext.Ending;
import org.sigqueue.SignalContext.SecondSignal;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/** The tests of Go's {@code NotifyContext}, with its names. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class GoNotifyContextTest {
  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();

  @AfterEach
  void close() {
    signals.close();
  }

  private SignalContext context(Signal... on) {
    return signals.notifyContext(on);
  }

  private static Ending await(SignalContext context) throws InterruptedException {
    return context.await(Duration.ofSeconds(Tools.DEADLINE_SECONDS)).orElseThrow();
  }

  /** The process survives the signals after the first, because nobody closes the context. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10})
  void testNotifyContextNotifications(int count) throws Exception {
    try (Child child = Child.calling(getClass(), "interruptSelf").start(count)) {
      child.expect("SIGINT from pid " + child.pid() + " (java) uid " + uid());
      child.expect("survived");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  private static long uid() throws Exception {
    return ((Number)
            java.nio.file.Files.getAttribute(java.nio.file.Path.of("/proc/self"), "unix:uid"))
        .longValue();
  }

  static void interruptSelf(String[] arguments) throws Exception {
    SignalContext context = Signals.notifyContext(Signal.INT);
    List<FutureTask<Void>> senders = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
      FutureTask<Void> sender = new FutureTask<>(() -> Signals.raise(Signal.INT), null);
      senders.add(sender);
      new Thread(sender).start();
    }
    BySignal ending = (BySignal) await(context);
    System.out.println(ending.event());
    for (FutureTask<Void> sender : senders) {
      Await.result(sender);
    }
    try (Marker marker = new Marker()) {
      marker.pass();
    }
    System.out.println("survived");
  }

  @Test
  void testNotifyContextStop() throws Exception {
    signals.ignore(Signal.HUP);
    assertTrue(signals.ignored(Signal.HUP));
    SignalContext context = context(Signal.HUP);
    assertFalse(signals.ignored(Signal.HUP));
    assertEquals("SignalContext([SIGHUP])", context.toString());
    context.close();
    assertInstanceOf(ByClose.class, context.ending().orElseThrow());
    ContextClosedException closed =
        assertThrows(
            ContextClosedException.class,
            () -> {
              try {
                context.completion().toCompletableFuture().join();
              } catch (java.util.concurrent.CompletionException e) {
                throw e.getCause();
              }
            });
    assertInstanceOf(CancellationException.class, closed);
    signals.reset(Signal.HUP);
  }

  @Test
  void testNotifyContextCancelParent() throws Exception {
    try (SignalContext parent = context(Signal.TERM);
        SignalContext child = signals.context(Signal.INT).parent(parent).start()) {
      assertEquals("SignalContext(" + parent + ", [SIGINT])", child.toString());
      signals.raise(Signal.TERM);
      BySignal ending = (BySignal) ((ByParent) await(child)).ending();
      assertEquals(Signal.TERM, ending.event().signal());
      assertEquals(ending, parent.ending().orElseThrow());
    }
  }

  @Test
  void testNotifyContextPrematureCancelParent() throws Exception {
    SignalContext parent = context(Signal.TERM);
    parent.close();
    try (SignalContext child = signals.context(Signal.INT).parent(parent).start()) {
      assertTrue(child.isDone());
      assertInstanceOf(ByClose.class, ((ByParent) await(child)).ending());
      assertFalse(signals.source().disposition(Signal.INT.number()).ours());
    }
  }

  @Test
  void testNotifyContextSimultaneousStop() throws Exception {
    SignalContext context = context(Signal.INT);
    CyclicBarrier start = new CyclicBarrier(10);
    List<FutureTask<Ending>> stops = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      FutureTask<Ending> stop =
          new FutureTask<>(() -> {
            Await.meet(start);
            context.close();
            assertFalse(signals.source().disposition(Signal.INT.number()).ours());
            return context.ending().orElseThrow();
          });
      stops.add(stop);
      new Thread(stop).start();
    }
    for (FutureTask<Ending> stop : stops) {
      assertInstanceOf(ByClose.class, Await.result(stop));
    }
  }

  @Test
  void testNotifyContextStringer() throws Exception {
    try (SignalContext context = context(Signal.HUP, Signal.INT, Signal.TERM)) {
      assertEquals("SignalContext([SIGHUP, SIGINT, SIGTERM])", context.toString());
    }
  }

  /**
   * Go issue 77639: a caller that asks for a cancellation finds one, and so does one that asks for
   * the signal.
   */
  @Test
  void testNotifyContextCause() throws Exception {
    try (SignalContext context = context(Signal.INT, Signal.TERM)) {
      signals.raise(Signal.INT);
      BySignal ending = (BySignal) await(context);
      SignalEvent event = ending.event();
      assertEquals(Signal.INT, event.signal());
      assertEquals(ProcessHandle.current().pid(), event.sender().orElseThrow().pid());
      assertEquals(event, context.event().orElseThrow());
      assertEquals(event, context.completion().toCompletableFuture().join());
    }
  }

  @Test
  @DisplayName("Latent defect i: an empty list of signals is an error, not all signals")
  void emptyListIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> signals.notifyContext());
  }

  @Test
  @DisplayName("Latent defect i: a context that its parent has ended holds no registration")
  void contextThatItsParentHasEndedIsNotRegistered() throws Exception {
    try (SignalContext parent = context(Signal.TERM)) {
      SignalContext byParent = signals.context(Signal.HUP).parent(parent).start();
      assertTrue(signals.source().disposition(Signal.HUP.number()).ours());
      signals.raise(Signal.TERM);
      await(byParent);
      Await.until(
          "the end of the child's registration",
          () -> !signals.source().disposition(Signal.HUP.number()).ours());
    }
  }

  /** It has to see them, to end a process by them whose exit hangs. */
  @Test
  void restoringContextKeepsItsSignalsUntilItIsClosed() throws Exception {
    int signal = Signal.URG.number();
    try (SignalContext restoring =
            signals.context(Signal.URG).secondSignal(SecondSignal.RESTORE).start();
        Marker marker = new Marker()) {
      signals.raise(Signal.URG);
      await(restoring);
      signals.raise(Signal.URG); // which is ignored by default
      marker.pass();
      assertTrue(signals.source().disposition(signal).ours());
    }
    assertFalse(signals.source().disposition(signal).ours());
  }
}
