package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** Somebody replaces the handler of a signal: it is noticed, told once, and can be taken back. */
@Timeout(120)
class DisplacementTest {
  private volatile Disposition theirs = new Disposition(4711, 0, 0, 0, false);

  private record Told(Signal signal, Thread on) {}

  private final VirtualSignalSource source = new VirtualSignalSource();
  private volatile boolean displaced;
  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
  private final SignalNotifier notifier =
      SignalNotifier.builder()
          .source(displaceable())
          .onDisplaced(signal -> told.add(new Told(signal, Thread.currentThread())))
          .build();
  private final SignalChannel channel = SignalChannel.queueing(16);

  /** A source one of whose handlers somebody else replaces. */
  private SignalSource displaceable() {
    return (SignalSource)
        Proxy.newProxyInstance(
            SignalSource.class.getClassLoader(),
            new Class<?>[] {SignalSource.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "install" -> displaced = false;
                case "disposition" -> {
                  if (displaced) {
                    return theirs;
                  }
                }
                case "restore" -> {
                  if (displaced) {
                    return false;
                  }
                }
                case "owner" -> {
                  return "libother.so";
                }
                default -> {}
              }
              return method.invoke(source, arguments);
            });
  }

  @AfterEach
  void close() {
    notifier.close();
  }

  private Told next() throws InterruptedException {
    return told.poll(50, TimeUnit.SECONDS);
  }

  /** Whatever is told later is told after this. */
  private void assertNothingElseIsTold() throws InterruptedException {
    displaced = false;
    notifier.status(Signal.USR1);
    displaced = true;
    notifier.status(Signal.USR1);
    assertEquals(Signal.USR1, next().signal());
    assertTrue(told.isEmpty());
  }

  @Test
  void askingForTheStatusNoticesAndTellsOnceOnAThreadOfTheLibrary() throws Exception {
    notifier.register(channel, Signal.USR1);
    assertEquals(Kind.CATCHABLE, notifier.status(Signal.USR1).kind());
    displaced = true;
    SignalStatus status = notifier.status(Signal.USR1);
    assertEquals(Kind.DISPLACED, status.kind());
    assertTrue(status.explanation().contains("libother.so"), status.explanation());
    Told first = next();
    assertEquals(Signal.USR1, first.signal());
    assertNotEquals(Thread.currentThread(), first.on());
    assertTrue(first.on().getName().startsWith("sigqueue-worker"), first.on().getName());
    notifier.status(Signal.USR1);
    assertNothingElseIsTold();
  }

  @ParameterizedTest
  @CsvSource({"0, SIG_DFL", "1, SIG_IGN", "4711, one in libother.so"})
  void statusSaysWhatHasReplacedTheHandler(long handler, String what) {
    notifier.register(channel, Signal.USR1);
    theirs = new Disposition(handler, 0, 0, 0, false);
    displaced = true;
    assertEquals("its handler was replaced by " + what, notifier.status(Signal.USR1).explanation());
  }

  @Test
  void notifierWithSeveralRegistrationsIsToldOnce() throws Exception {
    notifier.register(channel, Signal.USR1, Signal.HUP);
    notifier.subscribe(event -> {}, Signal.USR1);
    notifier.subscribe(event -> {}, Signal.USR1);
    displaced = true;
    notifier.status(Signal.USR1);
    notifier.status(Signal.HUP);
    Signal one = next().signal();
    Signal other = next().signal();
    assertEquals(Set.of(Signal.USR1, Signal.HUP), Set.of(one, other));
    assertNull(told.poll(100, TimeUnit.MILLISECONDS), "what is told twice is told about now");
  }

  @Test
  void registeringAgainTellsAndTakesTheSignalBack() throws Exception {
    notifier.register(channel, Signal.USR1);
    displaced = true;
    Registration again = notifier.register(channel, Signal.USR1);
    assertEquals(Signal.USR1, next().signal());
    assertEquals(Kind.CATCHABLE, notifier.status(Signal.USR1).kind());
    assertTrue(source.raise(Signal.USR1));
    assertEquals(Signal.USR1, channel.take().signal());
    again.close();
    displaced = true; // and again: it is told again
    assertEquals(Kind.DISPLACED, notifier.status(Signal.USR1).kind());
    assertEquals(Signal.USR1, next().signal());
  }

  @Test
  void endOfTheRegistrationLeavesTheOtherHandlerAlone() {
    Registration registration = notifier.register(channel, Signal.USR1);
    displaced = true;
    registration.close();
    assertTrue(displaced, "nothing was installed over it");
    assertEquals(Kind.DISPLACED, notifier.status(Signal.USR1).kind());
    notifier.register(channel, Signal.USR1);
    assertEquals(Kind.CATCHABLE, notifier.status(Signal.USR1).kind());
  }
}
