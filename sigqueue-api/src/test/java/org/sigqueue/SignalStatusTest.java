package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.SignalStatus.Kind;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** The status of a signal in words, over virtual sources. */
@Timeout(120)
class SignalStatusTest {
  private final SignalChannel channel = SignalChannel.coalescing();

  @Test
  void signalThatStaysIgnoredIsNotCalledTakenOver() {
    VirtualSignalSource nohup = VirtualSignalSource.ignoringAtStart(Signal.HUP);
    try (SignalNotifier signals = SignalNotifier.builder().source(nohup).build()) {
      SignalStatus before = signals.status(Signal.HUP);
      assertEquals(Kind.IGNORED_AT_START, before.kind());
      assertEquals("it was ignored when the process started", before.explanation());
      signals.register(channel, Signal.HUP);
      SignalStatus status = signals.status(Signal.HUP);
      assertEquals(Kind.IGNORED_AT_START, status.kind());
      assertTrue(status.explanation().contains("stays so"), status.explanation());
      assertTrue(status.explanation().contains("takeOverIgnored()"), status.explanation());
      try (SignalNotifier taking =
          SignalNotifier.builder().source(nohup).takeOverIgnored().build()) {
        taking.register(channel, Signal.HUP);
        String explanation = signals.status(Signal.HUP).explanation();
        assertTrue(explanation.endsWith("and taken over"), explanation);
      }
    }
  }

  @Test
  void troubleOfTheSourceIsShown() {
    String[] trouble = {null};
    SignalSource source = troubled(new VirtualSignalSource(), trouble);
    try (SignalNotifier signals = SignalNotifier.builder().source(source).build()) {
      signals.register(channel, Signal.USR1);
      assertEquals("it is received", signals.status(Signal.USR1).explanation());
      trouble[0] = "threads still block SIGUSR1";
      SignalStatus status = signals.status(Signal.USR1);
      assertEquals(Kind.CATCHABLE, status.kind());
      assertTrue(status.explanation().startsWith("it is received; "), status.explanation());
      assertTrue(status.explanation().endsWith(trouble[0]), status.explanation());
      assertFalse(signals.status(Signal.KILL).explanation().contains("trouble"));
    }
  }

  private static SignalSource troubled(SignalSource source, @Nullable String[] trouble) {
    return (SignalSource)
        Proxy.newProxyInstance(
            SignalSource.class.getClassLoader(),
            new Class<?>[] {SignalSource.class},
            (proxy, method, arguments) ->
                method.getName().equals("trouble") ? trouble[0] : method.invoke(source, arguments));
  }
}
