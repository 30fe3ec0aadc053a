package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;
import org.sigqueue.shutdown.GracefulShutdown;

/** A service that is stopped by QUIT, as some images are, and the tools that attach by a QUIT. */
@Timeout(300)
class StopByQuitTest {
  static void serve(String[] arguments) throws Exception {
    SignalNotifier notifier = SignalNotifier.builder().receiveQuit().build();
    GracefulShutdown.on(notifier, Signal.QUIT)
        .step("drain", () -> System.out.println("DRAINED"))
        .install();
    System.out.println("ready");
    Thread.sleep(Duration.ofMinutes(5).toMillis());
  }

  private static void attach(Child child) throws Exception {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(child.pid()),
                "VM.version")
            .redirectErrorStream(true)
            .start();
    String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, Tools.await(jcmd), output);
    assertTrue(output.contains("JDK "), output);
  }

  @Test
  void toolMayAttachAndQuitStillStopsTheService() throws Exception {
    try (Child child = Child.calling(StopByQuitTest.class, "serve").start()) {
      child.expectStart("ready");
      attach(child);
      attach(child); // now without a handshake
      Tools.help("kill", child.pid(), Signal.QUIT.number());
      child.expectStarts("Full thread dump", "DRAINED");
      assertEquals("exited 131", child.end());
    }
  }

  @Test
  void quitBeforeAnyToolHasAttachedStopsTheService() throws Exception {
    try (Child child = Child.calling(StopByQuitTest.class, "serve").start()) {
      child.expectStart("ready");
      Tools.help("kill", child.pid(), Signal.QUIT.number());
      child.expectStarts("Full thread dump", "DRAINED");
      assertEquals("exited 131", child.end());
    }
  }
}
