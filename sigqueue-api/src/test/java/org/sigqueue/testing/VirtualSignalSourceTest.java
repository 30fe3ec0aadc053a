package org.sigqueue.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.core.source.SignalSourceException;

/** A process and its signals that are not there. */
@Timeout(120)
class VirtualSignalSourceTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final SignalChannel channel = SignalChannel.queueing(16);

  @AfterEach
  void close() {
    notifier.close();
  }

  private SignalEvent raise(VirtualSignal signal) throws Exception {
    notifier.register(channel, Signal.TERM);
    assertTrue(source.raise(signal));
    return channel.take();
  }

  @Test
  void signalIsFromThisProcessUnlessSomethingElseIsSaid() throws Exception {
    SignalEvent event = raise(VirtualSignal.of(Signal.TERM));
    assertEquals(ProcessHandle.current().pid(), event.sender().orElseThrow().pid());
    assertEquals(0, event.sender().orElseThrow().uid());
    assertEquals(SignalEvent.Cause.USER, event.cause());
    assertEquals(OptionalLong.empty(), event.value());
  }

  @Test
  void signalOfAnotherProcessHasItsPidAndUid() throws Exception {
    SignalEvent event = raise(VirtualSignal.of(Signal.TERM).from(4711, 4_294_967_294L));
    assertEquals(4711, event.sender().orElseThrow().pid());
    assertEquals(4_294_967_294L, event.sender().orElseThrow().uid());
    assertTrue(event.sender().orElseThrow().isVerified());
  }

  @Test
  void signalWithAValueIsThatOfSigqueueWhateverComesFirst() throws Exception {
    for (VirtualSignal signal :
        List.of(
            VirtualSignal.of(Signal.TERM).value(-5).from(4711, 1000),
            VirtualSignal.of(Signal.TERM).from(4711, 1000).value(-5))) {
      SignalEvent event = raise(signal);
      assertEquals(SignalEvent.Cause.QUEUE, event.cause());
      assertEquals(OptionalLong.of(-5), event.value());
      assertEquals(4711, event.sender().orElseThrow().pid());
      assertFalse(event.sender().orElseThrow().isVerified());
    }
  }

  @Test
  void signalOfTheKernelHasNoSender() throws Exception {
    SignalEvent event = raise(VirtualSignal.of(Signal.TERM).from(4711, 1000).value(3).fromKernel());
    assertEquals(SignalEvent.Cause.KERNEL, event.cause());
    assertEquals(Optional.empty(), event.sender());
    assertEquals(OptionalLong.empty(), event.value());
  }

  @Test
  void numbersThatDoNotFitAreRefused() {
    VirtualSignal signal = VirtualSignal.of(Signal.TERM);
    assertThrows(ArithmeticException.class, () -> signal.from(1L << 31, 0));
    assertThrows(ArithmeticException.class, () -> signal.from(1, 1L << 32));
    assertThrows(ArithmeticException.class, () -> signal.from(1, -1));
  }

  @Test
  void signalThatWasIgnoredAtStartIsRefusedUnlessItIsTakenOver() {
    VirtualSignalSource nohup = VirtualSignalSource.ignoringAtStart(Signal.HUP);
    try (SignalNotifier other = SignalNotifier.builder().source(nohup).build()) {
      assertTrue(other.ignored(Signal.HUP));
      assertFalse(other.ignored(Signal.TERM));
      other.register(channel, Signal.TERM);
      assertFalse(nohup.raise(Signal.HUP));
      assertTrue(nohup.raise(Signal.TERM));
    }
    try (SignalNotifier other = SignalNotifier.builder().source(nohup).takeOverIgnored().build()) {
      other.register(channel, Signal.HUP);
      assertFalse(other.ignored(Signal.HUP));
      assertTrue(nohup.raise(Signal.HUP));
    }
    assertEquals(1, nohup.disposition(Signal.HUP.number()).handler()); // SIG_IGN is back
  }

  @Test
  void processEndsOnceWithItsFirstEnd() throws Exception {
    VirtualProcess process = source.process();
    assertEquals(Optional.empty(), process.end());
    assertThrows(TimeoutException.class, () -> process.awaitEnd(Duration.ofMillis(1)));
    process.halt(3);
    process.exit(4);
    process.halt(5);
    assertEquals(ProcessEnd.Way.HALT, process.end().orElseThrow().way());
    assertEquals("HALT 3", process.awaitEnd(LONG).toString());
    assertEquals(
        Optional.of(new ProcessEnd(ProcessEnd.Way.HALT, 3, Optional.empty())), process.end());
  }

  @Test
  void exitRunsTheHooksThatAreThere() throws Exception {
    VirtualProcess process = source.process();
    assertSame(process, source.processExit());
    AtomicInteger runs = new AtomicInteger();
    Thread removed = new Thread(() -> runs.addAndGet(100));
    process.addHook(removed);
    process.addHook(new Thread(runs::incrementAndGet));
    assertEquals(2, process.hooks());
    process.removeHook(removed);
    assertEquals(1, process.hooks());
    process.exit(0);
    assertEquals(1, runs.get());
    assertEquals(ProcessEnd.Way.EXIT, process.awaitEnd(LONG).way());
    assertThrows(IllegalStateException.class, () -> process.addHook(removed));
  }

  @Test
  void previousActionsAreRemembered() throws Exception {
    assertEquals(List.of(), source.previousActions());
    Registration observer = notifier.observe(event -> {}, Signal.TERM);
    source.raise(Signal.TERM);
    assertTrue(observer.close(LONG));
    assertEquals(List.of(Signal.TERM), source.previousActions());
  }

  @Test
  void signalsCanBeSentToThisProcessAndNoOther() throws Exception {
    notifier.register(channel, Signal.TERM);
    ProcessHandle self = ProcessHandle.current();
    notifier.raise(Signal.TERM);
    notifier.sending().send(self.pid(), Signal.TERM, 7);
    notifier.sending().send(self, Signal.TERM);
    notifier.sending().send(self, Signal.TERM, 8);
    assertEquals(OptionalLong.empty(), channel.take().value());
    assertEquals(OptionalLong.of(7), channel.take().value());
    assertEquals(OptionalLong.empty(), channel.take().value());
    assertEquals(OptionalLong.of(8), channel.take().value());
    assertThrows(
        SignalSendException.class, () -> notifier.sending().send(self.pid() + 1, Signal.TERM));
    assertThrows(SignalSourceException.class, () -> notifier.die(Signal.TERM));
  }

  @Test
  void processDiesByASignalUnlessThatIsUndone() throws Exception {
    VirtualProcess mortal = new VirtualProcess();
    mortal.dieOnExit(Signal.INT);
    mortal.exit(0);
    assertEquals(
        new ProcessEnd(ProcessEnd.Way.EXIT, 130, Optional.of(Signal.INT)), mortal.awaitEnd(LONG));
    VirtualProcess saved = new VirtualProcess();
    saved.dieOnExit(Signal.INT);
    saved.dieOnExit(null);
    saved.halt(7);
    assertEquals("HALT 7", saved.awaitEnd(LONG).toString());
  }
}
