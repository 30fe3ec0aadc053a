package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.Signal;
import org.sigqueue.Signals;
import org.sigqueue.shutdown.ExitStatus;
import org.sigqueue.shutdown.GracefulShutdown;
import org.sigqueue.shutdown.SystemdNotifier;

/** A service of {@code Type=notify-reload}, and the helper in the part of systemd. */
@Timeout(300)
class SupervisorTest {
  @TempDir Path directory;

  /** The helper that listens where the service is to tell how it is. */
  private static final class Supervisor implements AutoCloseable {
    private final Process process;
    private final LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();

    Supervisor(String address) throws Exception {
      process = Tools.startHelper("supervisor", address);
      Thread reader = new Thread(this::read, "supervisor-output");
      reader.setDaemon(true);
      reader.start();
      assertEquals("listening", next());
    }

    private void read() {
      try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line; (line = reader.readLine()) != null; ) {
          messages.add(line);
        }
      } catch (IOException e) {
        messages.add(e.toString());
      }
    }

    /** The next message: the pid of its sender, and its lines with '|' between. */
    String next() throws InterruptedException {
      String message = messages.poll(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
      return message == null ? fail("no message came") : message;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  static void serve(String[] arguments) throws Exception {
    SystemdNotifier systemd = SystemdNotifier.ofProcess();
    Signals.subscribe(event -> systemd.reload(() -> System.out.println("reload")), Signal.HUP);
    GracefulShutdown.on(Signal.TERM)
        .step("drain", () -> System.out.println("drain"))
        .within(Duration.ofSeconds(100))
        .exitStatus(ExitStatus.of(0))
        .install();
    systemd.status("listening");
    systemd.ready();
    systemd.watchdog(() -> true);
    System.out.println("up " + systemd.isSupervised());
    Thread.sleep(Duration.ofMinutes(5).toMillis());
  }

  private static void tellsAll(String address) throws Exception {
    try (Supervisor systemd = new Supervisor(address);
        Child service =
            Child.calling(SupervisorTest.class, "serve")
                .environment("NOTIFY_SOCKET", address)
                .start()) {
      String pid = service.pid() + " ";
      assertEquals(pid + "STATUS=listening", systemd.next());
      assertEquals(pid + "READY=1", systemd.next());
      service.expectStart("up true");
      for (int i = 0; i < 3; i++) {
        long beforeMicros = System.nanoTime() / 1000;
        Tools.help("kill", service.pid(), Signal.HUP.number());
        String reloading = systemd.next();
        assertTrue(reloading.startsWith(pid + "RELOADING=1|MONOTONIC_USEC="), reloading);
        long micros = Long.parseLong(reloading.substring(reloading.lastIndexOf('=') + 1));
        long afterMicros = System.nanoTime() / 1000;
        assertTrue(beforeMicros <= micros && micros <= afterMicros, reloading);
        assertEquals(pid + "READY=1", systemd.next());
        service.expect("reload");
      }
      Tools.help("kill", service.pid(), Signal.TERM.number());
      assertEquals(pid + "STOPPING=1", systemd.next());
      assertEquals(pid + "STATUS=shutting down: drain", systemd.next());
      assertTrue(systemd.next().startsWith(pid + "EXTEND_TIMEOUT_USEC="));
      assertEquals("exited 0", service.end());
    }
  }

  @Test
  void serviceTellsAllOnASocketWithAPath() throws Exception {
    tellsAll(directory.resolve("notify").toString());
  }

  @Test
  void serviceTellsAllOnASocketWithAnAbstractName() throws Exception {
    tellsAll("@sigqueue/test/" + ProcessHandle.current().pid());
  }

  @Test
  void watchdogIsFedInItsInterval() throws Exception {
    String address = "@sigqueue/test/watchdog/" + ProcessHandle.current().pid();
    try (Supervisor systemd = new Supervisor(address);
        Child service =
            Child.calling(SupervisorTest.class, "serve")
                .environment("NOTIFY_SOCKET", address)
                .environment("WATCHDOG_USEC", "200000")
                .start()) {
      service.expectStart("up true");
      assertEquals(service.pid() + " STATUS=listening", systemd.next());
      assertEquals(service.pid() + " READY=1", systemd.next());
      for (int i = 0; i < 5; i++) {
        assertEquals(service.pid() + " WATCHDOG=1", systemd.next());
      }
    }
  }

  @Test
  void withoutASupervisorNothingHappens() throws Exception {
    try (Child service = Child.calling(SupervisorTest.class, "serve").start()) {
      service.expectStart("up false");
      Tools.help("kill", service.pid(), Signal.TERM.number());
      assertEquals("exited 0", service.end());
    }
  }

  @Test
  void supervisorThatIsGoneIsLoggedOnceAndNoFailure() throws Exception {
    try (Child service =
        Child.calling(SupervisorTest.class, "serve")
            .environment("NOTIFY_SOCKET", directory.resolve("nobody").toString())
            .start()) {
      service.expectStart("up true");
      service.awaitError("systemd could not be told");
      Tools.help("kill", service.pid(), Signal.TERM.number());
      assertEquals("exited 0", service.end());
      assertEquals(2, service.errors().split("systemd could not be told", -1).length);
    }
  }
}
