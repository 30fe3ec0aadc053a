package org.sigqueue.jdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.ChildJvm;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.SignalStatus;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSourceException;
import org.sigqueue.dispatch.SignalSources;

/** Real signals without the native library, which the build keeps from this module's tests. */
@Timeout(400)
class JdkSignalSourceTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int USR1 = Signal.USR1.number();

  private final JdkSignalSource source = new JdkSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final SignalChannel channel = SignalChannel.coalescing();

  @AfterEach
  void close() {
    notifier.close();
    assertEquals(Disposition.DEFAULT, source.disposition(USR1).handler());
  }

  // ---- Receiving

  @Test
  void itIsTheBestSourceHere() {
    assertInstanceOf(JdkSignalSource.class, SignalSources.best());
    assertSame(SignalSources.best(), SignalSources.best());
  }

  @Test
  void signalOfAnotherProcessArrivesWithoutDetails() throws Exception {
    notifier.register(channel, Signal.USR1);
    kill("USR1");
    SignalEvent event = channel.poll(SOON);
    assertNotNull(event);
    assertEquals(Signal.USR1, event.signal());
    assertEquals(1, event.count());
    assertFalse(event.hasDetails());
    assertEquals(SignalEvent.Cause.UNKNOWN, event.cause());
    assertEquals(Optional.empty(), event.sender());
    assertTrue(event.value().isEmpty());
    assertEquals("SIGUSR1", event.toString());
  }

  /** The JDK keeps the handler for a late signal, and with it what loaded the handler. */
  @Test
  void contextClassLoaderOfARegistrationIsNotKept() throws Exception {
    WeakReference<ClassLoader> loader = registeredIn(new URLClassLoader(new URL[0]));
    long start = System.nanoTime();
    while (loader.get() != null) {
      assertTrue(System.nanoTime() - start < SOON.toNanos(), "the class loader is kept");
      System.gc();
      Thread.sleep(1);
    }
  }

  private WeakReference<ClassLoader> registeredIn(ClassLoader context) throws Exception {
    Thread thread = new Thread(() -> notifier.subscribe(event -> {}, Signal.USR1).close());
    thread.setContextClassLoader(context);
    thread.start();
    thread.join();
    return new WeakReference<>(context);
  }

  @Test
  void raisedSignalsAreCountedExactly() throws Exception {
    notifier.register(channel, Signal.USR1);
    long delivered = 0;
    for (int i = 0; i < 100; i++) {
      notifier.raise(Signal.USR1);
      SignalEvent event = channel.poll(SOON);
      assertNotNull(event);
      delivered += event.count();
    }
    assertEquals(100, delivered);
    assertEquals(100, channel.stats().accepted());
    assertEquals(100, channel.stats().delivered() + channel.stats().coalesced());
  }

  @Test
  void severalSubscribersAndNotifiersShareTheOneHandler() throws Exception {
    SignalChannel other = SignalChannel.coalescing();
    try (SignalNotifier second = SignalNotifier.builder().source(new JdkSignalSource()).build()) {
      notifier.register(channel, Signal.USR1);
      second.register(other, Signal.USR1);
      notifier.raise(Signal.USR1);
      assertNotNull(channel.poll(SOON));
      assertNotNull(other.poll(SOON));
    }
    notifier.raise(Signal.USR1);
    assertNotNull(channel.poll(SOON));
    assertEquals(1, other.stats().accepted());
  }

  // ---- Refusals

  @ParameterizedTest
  @ValueSource(strings = {"RTMIN", "RTMIN+3", "RTMAX"})
  void realTimeSignalsAreRefusedWithATypedReasonAndNothingChanges(String name) {
    Signal refused = Signal.of(name);
    UnsupportedSignalException thrown =
        assertThrows(
            UnsupportedSignalException.class,
            () -> notifier.register(channel, Signal.USR1, refused));
    assertEquals(Reason.NOT_SUPPORTED_BY_SOURCE, thrown.reason());
    assertEquals(SignalStatus.Kind.NOT_SUPPORTED_BY_SOURCE, notifier.status(refused).kind());
    assertTrue(thrown.getMessage().contains("native library"), thrown.getMessage());
    assertTrue(source.block().wanted().isEmpty());
    assertFalse(source.disposition(USR1).ours());
  }

  @Test
  void statusAgreesWithNotifyForAllSignals() {
    for (int number = 1; number <= 64; number++) {
      Signal signal = Signal.of(number);
      SignalStatus.Kind kind = notifier.status(signal).kind();
      try (SignalChannel each = SignalChannel.coalescing()) {
        notifier.register(each, signal);
        assertTrue(notifier.receivable().contains(signal), signal.toString());
        assertTrue(
            kind == SignalStatus.Kind.CATCHABLE || kind == SignalStatus.Kind.IGNORED_AT_START,
            () -> signal + " " + kind);
      } catch (UnsupportedSignalException e) {
        assertEquals(e.reason().name(), kind.name(), signal.toString());
      }
    }
  }

  @Test
  void signalThatTheJdkRefusesIsRefused() {
    try (SignalNotifier withQuit = SignalNotifier.builder().source(source).receiveQuit().build()) {
      UnsupportedSignalException thrown =
          assertThrows(
              UnsupportedSignalException.class, () -> withQuit.register(channel, Signal.QUIT));
      assertEquals(Reason.REFUSED_BY_SYSTEM, thrown.reason());
      assertTrue(thrown.getMessage().contains("the JDK refuses"), thrown.getMessage());
    }
  }

  // ---- Stop, Ignore, Reset

  @Test
  void previousHandlerIsBackAfterStop() throws Exception {
    SunMiscSignals jdk = new SunMiscSignals();
    CountDownLatch handled = new CountDownLatch(1);
    Object mine = jdk.handler(handled::countDown);
    Object before = jdk.handle("USR1", mine);
    try {
      notifier.register(channel, Signal.USR1);
      notifier.raise(Signal.USR1);
      assertNotNull(channel.poll(SOON));
      assertEquals(1, handled.getCount());
      notifier.stop(channel);
      notifier.raise(Signal.USR1);
      assertTrue(handled.await(60, TimeUnit.SECONDS));
    } finally {
      assertSame(mine, jdk.handle("USR1", before));
    }
    assertEquals(1, channel.stats().accepted());
  }

  @Test
  void handlerThatReplacedOursIsLeftAlone() throws Exception {
    SunMiscSignals jdk = new SunMiscSignals();
    CountDownLatch handled = new CountDownLatch(1);
    notifier.register(channel, Signal.USR1);
    Object theirs = jdk.handler(handled::countDown);
    jdk.handle("USR1", theirs);
    notifier.stop(channel);
    notifier.raise(Signal.USR1);
    assertTrue(handled.await(60, TimeUnit.SECONDS));
    assertEquals(SignalStatus.Kind.DISPLACED, notifier.status(Signal.USR1).kind());
    assertEquals(0, channel.stats().accepted());

    SignalChannel again = SignalChannel.coalescing(); // who asks again takes it again
    notifier.register(again, Signal.USR1);
    notifier.raise(Signal.USR1);
    assertNotNull(again.poll(SOON));
    notifier.stop(again);
    Object standard = Class.forName("sun.misc.SignalHandler").getField("SIG_DFL").get(null);
    assertSame(theirs, jdk.handle("USR1", standard));
  }

  /** The JDK has started its thread, which has not come to us when the last receiver stops. */
  @Test
  void lateSignalTakesThePreviousAction() throws Exception {
    SunMiscSignals jdk = new SunMiscSignals();
    AtomicInteger handled = new AtomicInteger();
    Object mine = jdk.handler(handled::incrementAndGet);
    Object before = jdk.handle("USR1", mine);
    try {
      notifier.register(channel, Signal.USR1);
      Object ours = jdk.handle("USR1", mine);
      jdk.handle("USR1", ours);
      jdk.call(ours, "USR1");
      assertNotNull(channel.poll(SOON));
      notifier.stop(channel);
      jdk.call(ours, "USR1");
      assertEquals(1, handled.get());
      assertEquals(1, channel.stats().accepted());
      notifier.ignore(Signal.USR1);
      jdk.call(ours, "USR1");
      assertEquals(1, handled.get());
      notifier.reset(Signal.USR1);
    } finally {
      assertSame(mine, jdk.handle("USR1", before));
    }
  }

  @Test
  void ignoreLastsUntilResetAndIsThatOfTheProcess() throws Exception {
    notifier.register(channel, Signal.USR1);
    notifier.ignore(Signal.USR1);
    assertTrue(notifier.ignored(Signal.USR1));
    kill("USR1");
    notifier.reset(Signal.USR1);
    assertFalse(notifier.ignored(Signal.USR1));
    assertEquals(0, channel.stats().accepted());
  }

  @Test
  void ignoreOfWhatTheJdkCouldNotUndoIsRefusedAndTakesBackTheOthers() {
    notifier.register(channel, Signal.WINCH);
    UnsupportedSignalException thrown =
        assertThrows(
            UnsupportedSignalException.class,
            () -> notifier.ignore(Signal.USR1, Signal.WINCH, Signal.TERM));
    assertEquals(Signal.TERM, thrown.signal());
    assertEquals(Reason.REFUSED_BY_SYSTEM, thrown.reason());
    assertFalse(notifier.ignored(Signal.USR1));
    assertFalse(notifier.ignored(Signal.TERM));
    assertTrue(source.disposition(Signal.WINCH.number()).ours());
  }

  // ---- Sending

  @Test
  void otherProcessesGetTermAndKillAndNothingElse() throws Exception {
    Process sleep = new ProcessBuilder("sleep", "600").start();
    try {
      assertEquals(
          SignalSendException.Reason.NOT_SUPPORTED_BY_SOURCE,
          assertThrows(
                  SignalSendException.class,
                  () -> notifier.sending().send(sleep.pid(), Signal.WINCH))
              .reason());
      assertEquals(
          SignalSendException.Reason.NOT_SUPPORTED_BY_SOURCE,
          assertThrows(
                  SignalSendException.class,
                  () -> notifier.sending().send(sleep.pid(), Signal.TERM, 1))
              .reason());
      notifier.sending().send(sleep.pid(), Signal.TERM);
      assertTrue(sleep.waitFor(60, TimeUnit.SECONDS));
      assertEquals(128 + 15, sleep.exitValue());
      assertEquals(
          SignalSendException.Reason.NO_SUCH_PROCESS,
          assertThrows(
                  SignalSendException.class,
                  () -> notifier.sending().send(sleep.pid(), Signal.TERM))
              .reason());
    } finally {
      sleep.destroyForcibly();
    }
    assertThrows(IllegalArgumentException.class, () -> notifier.sending().send(0, Signal.TERM));
    assertThrows(SignalSendException.class, () -> notifier.raise(Signal.USR1)); // nobody handles it
    assertThrows(SignalSourceException.class, () -> source.dieOnExit(USR1));
  }

  // ---- In JVMs of their own

  @TempDir Path directory;

  @Test
  void logSaysOnceWhyItIsUsed() throws Exception {
    ChildJvm.Result result = new ChildJvm(directory).run(JdkProgram.class, "receive");
    assertEquals(List.of("jdk", "jdk", "received SIGTERM"), result.out());
    assertEquals(128 + 15, result.status(), "the JVM's own handler is back: exit, after the hooks");
    String said = "sigqueue-native is not there, which sigqueue-api brings along";
    assertTrue(result.log().contains(said), result.log());
    assertEquals(result.log().indexOf(said), result.log().lastIndexOf(said));
  }

  @Test
  void reducedSignalUsageLeavesNoSource() throws Exception {
    ChildJvm.Result result =
        new ChildJvm(directory).option("-Xrs").run(JdkProgram.class, "receive twice");
    assertEquals(2, result.out().size(), result.out().toString());
    for (String refusal : result.out()) { // the second time as clear as the first
      assertTrue(refusal.startsWith("refused: no source of signals works here"), refusal);
      assertTrue(refusal.contains("-Xrs"), refusal);
    }
  }

  @Test
  void ignoredAtStartIsRespectedAndCannotBeTakenOver() throws Exception {
    ChildJvm.Result result =
        new ChildJvm(directory).ignoring("HUP USR1").run(JdkProgram.class, "ignored at start");
    assertEquals(
        List.of(
            "IGNORED_AT_START",
            "refused: REFUSED_BY_SYSTEM",
            "still ignored: true",
            "received SIGUSR1",
            "ignored again: true"),
        result.out());
  }

  @Test
  void lateSignalOfADeadlyDefaultEndsTheProcess() throws Exception {
    ChildJvm.Result result = new ChildJvm(directory).run(JdkProgram.class, "late");
    assertEquals(List.of("not stopped", "not ended"), result.out());
    assertEquals(128 + USR1, result.status());
  }

  @Test
  void dieExitsWithTheStatusOfTheSignal() throws Exception {
    ChildJvm.Result result = new ChildJvm(directory).run(JdkProgram.class, "die");
    assertEquals(List.of(), result.out());
    assertEquals(128 + 15, result.status());
  }

  private static void kill(String signal) throws Exception {
    long pid = ProcessHandle.current().pid();
    Process shell = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid).start();
    assertEquals(0, shell.waitFor());
  }
}
