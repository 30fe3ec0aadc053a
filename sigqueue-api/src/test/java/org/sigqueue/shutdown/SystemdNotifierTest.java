package org.sigqueue.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.sigqueue.Signal;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.source.ProcessControl;
import org.sigqueue.core.source.SignalSourceException;

/** The messages to systemd; their arrival is tested with a real socket and the native library. */
class SystemdNotifierTest extends ShutdownTestBase {
  private static final String ADDRESS = "@systemd of a test";

  private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
  private final AtomicInteger refused = new AtomicInteger();

  private SystemdNotifier notifier(String... environment) {
    Map<String, String> variables = new HashMap<>(Map.of("NOTIFY_SOCKET", ADDRESS));
    for (int i = 0; i < environment.length; i += 2) {
      variables.put(environment[i], environment[i + 1]);
    }
    return SystemdNotifier.of(variables, new Recorder());
  }

  private final class Recorder implements ProcessControl {
    @Override
    public void notifySupervisor(byte[] address, byte[] message) {
      assertEquals(ADDRESS, new String(address, StandardCharsets.UTF_8));
      sent.add(new String(message, StandardCharsets.UTF_8));
    }

    @Override
    public void die(int signal) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void dieOnExit(int signal) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void takePreviousAction(Occurrence occurrence) {
      throw new UnsupportedOperationException();
    }
  }

  private String next() throws InterruptedException {
    return sent.poll(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void messagesAreThoseOfTheProtocol() throws Exception {
    SystemdNotifier systemd = notifier();
    assertTrue(systemd.isSupervised());
    systemd.ready();
    systemd.status("two\nlines");
    systemd.stopping();
    systemd.extendTimeout(Duration.ofMillis(1500));
    systemd.send("ERRNO=2\nSTATUS=no file");
    assertEquals(
        List.of(
            "READY=1",
            "STATUS=two lines",
            "STOPPING=1",
            "EXTEND_TIMEOUT_USEC=1500000",
            "ERRNO=2\nSTATUS=no file"),
        List.copyOf(sent));
    assertThrows(IllegalArgumentException.class, () -> systemd.extendTimeout(Duration.ZERO));
  }

  @Test
  void reloadIsToldWithTheMonotonicTimeAndItsEnd() throws Exception {
    long beforeMicros = System.nanoTime() / 1000;
    notifier().reload(() -> sent.add("reload"));
    long afterMicros = System.nanoTime() / 1000;
    String begin = next();
    assertTrue(begin.startsWith("RELOADING=1\nMONOTONIC_USEC="), begin);
    long micros = Long.parseLong(begin.substring(begin.lastIndexOf('=') + 1));
    assertTrue(beforeMicros <= micros && micros <= afterMicros, begin);
    assertEquals(List.of("reload", "READY=1"), List.copyOf(sent));
  }

  @Test
  void beginOfAReloadCanBeToldAlone() throws Exception {
    notifier().reloading();
    assertTrue(next().startsWith("RELOADING=1\nMONOTONIC_USEC="));
    assertTrue(sent.isEmpty());
  }

  @Test
  void reloadThatFailsEndsAllTheSame() throws Exception {
    SystemdNotifier systemd = notifier();
    assertThrows(
        IllegalStateException.class,
        () ->
            systemd.reload(() -> {
              throw new IllegalStateException("on purpose, of a test");
            }));
    assertTrue(next().startsWith("RELOADING=1"));
    assertEquals("READY=1", next());
  }

  @Test
  void withoutASocketNothingHappens() {
    SystemdNotifier systemd = SystemdNotifier.of(Map.of("WATCHDOG_USEC", "1000"), new Recorder());
    assertFalse(systemd.isSupervised());
    systemd.ready();
    systemd.reload(() -> {});
    systemd.watchdog(() -> {
      throw new AssertionError("nobody asks");
    });
    systemd.extendTimeout(Duration.ofSeconds(1));
    assertEquals(List.of(), List.copyOf(sent));
  }

  @Test
  void virtualProcessHasNoSupervisor() {
    assertFalse(SystemdNotifier.over(Map.of("NOTIFY_SOCKET", ADDRESS), source).isSupervised());
  }

  @Test
  void failureToSendIsNotThrown() {
    SystemdNotifier systemd =
        SystemdNotifier.of(
            Map.of("NOTIFY_SOCKET", ADDRESS),
            new ProcessControl() {
              @Override
              public void notifySupervisor(byte[] address, byte[] message) {
                refused.incrementAndGet();
                throw new SignalSourceException("on purpose, of a test", 111);
              }

              @Override
              public void die(int signal) {}

              @Override
              public void dieOnExit(int signal) {}

              @Override
              public void takePreviousAction(Occurrence occurrence) {}
            });
    systemd.ready();
    systemd.ready();
    assertEquals(2, refused.get()); // it may be there again
  }

  @Test
  void watchdogIsFedWhileTheServiceIsHealthy() throws Exception {
    AtomicInteger questions = new AtomicInteger();
    SystemdNotifier systemd = notifier("WATCHDOG_USEC", "2000");
    SystemdNotifier.Watchdog watchdog =
        systemd.watchdog(() -> {
          int question = questions.incrementAndGet();
          if (question == 3) {
            throw new IllegalStateException("on purpose, of a test");
          }
          return question != 2;
        });
    assertEquals("WATCHDOG=1", next());
    assertEquals("WATCHDOG=1", next());
    assertTrue(questions.get() >= 4, questions.toString());
    watchdog.close();
    watchdog.close();
    assertFalse(watchdog.isFed());
  }

  @Test
  void watchdogOfAnotherProcessOrWithoutIntervalIsNotFed() {
    SystemdNotifier.Watchdog[] none = {
      notifier("WATCHDOG_USEC", "2000", "WATCHDOG_PID", "1").watchdog(() -> true),
      notifier().watchdog(() -> true),
      notifier("WATCHDOG_USEC", "soon").watchdog(() -> true),
    };
    for (SystemdNotifier.Watchdog watchdog : none) {
      assertFalse(watchdog.isFed());
      watchdog.close();
    }
    String own = String.valueOf(ProcessHandle.current().pid());
    SystemdNotifier.Watchdog fed =
        notifier("WATCHDOG_USEC", "2000", "WATCHDOG_PID", own).watchdog(() -> true);
    assertTrue(fed.isFed());
    fed.close();
  }

  @Test
  void shutdownTellsThatItStopsInWhichStepItIsAndHowLongItMayTake() throws Exception {
    shutdown(Signal.TERM)
        .step("drain", () -> {})
        .step("close", () -> {})
        .within(Duration.ofSeconds(100))
        .systemd(notifier())
        .install();
    source.raise(Signal.TERM);
    end();
    assertEquals("STOPPING=1", next());
    for (String step : List.of("drain", "close")) {
      assertEquals("STATUS=shutting down: " + step, next());
      String extension = next();
      assertTrue(extension.startsWith("EXTEND_TIMEOUT_USEC="), extension);
      long micros = Long.parseLong(extension.substring(extension.indexOf('=') + 1));
      assertTrue(0 < micros && micros <= 102_000_000, extension);
    }
  }
}
