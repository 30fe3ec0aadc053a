package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.Signals;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** The examples of the README are compiled, and they work. */
@Timeout(180)
class ReadmeTest {
  private static final long CHILD_SECONDS = 120;
  private static final int STATUS_OF_TERM = 143;

  /** The process that runs the tests may ignore signals, as nohup does. */
  private static final List<String> DEFAULTS =
      List.of("env", "--default-signal=HUP,INT,TERM,USR1,WINCH");

  private final List<String> lines = new ArrayList<>(); // read so far
  private Process java;
  private BufferedReader output;

  @AfterEach
  void killWhatIsLeft() {
    if (java != null) {
      java.destroyForcibly();
    }
  }

  @Test
  void examplesAreThoseThatAreCompiled() throws IOException {
    String example =
        Files.readString(Path.of("src/test/java/org/sigqueue/stress/ReadmeExample.java"));
    String compiled = SourceTree.squeezed(example);
    List<DocsPage.Block> blocks =
        DocsPage.read(Path.of("../README.md")).blocks().stream()
            .filter(block -> block.language().equals("java"))
            .toList();
    assertEquals(3, blocks.size());
    for (DocsPage.Block block : blocks) {
      assertTrue(compiled.contains(SourceTree.squeezed(block.text())), block::text);
    }
  }

  @Test
  void serviceReloadsOnHupAndDrainsOnTerm() throws Exception {
    start(DEFAULTS, "service");
    await("ready");
    sendByShell("HUP");
    await("reloaded");
    long sender = sendByShell("TERM");
    await("drained");
    await("closed");
    assertEquals(STATUS_OF_TERM, awaitEnd());
    String who =
        ".*SIGTERM from pid "
            + sender
            + "( \\(sh\\)| \\(has ended\\))? uid "
            + uid()
            + ",.*: shutdown begins,.*";
    assertTrue(lines.stream().anyMatch(line -> line.matches(who)), lines::toString);
  }

  @Test
  void serviceDrainsUnderNohupToo() throws Exception {
    List<String> nohup = new ArrayList<>(DEFAULTS);
    nohup.add("nohup");
    start(nohup, "service");
    await("ready");
    sendByShell("HUP");
    sendByShell("TERM");
    await("drained");
    assertEquals(STATUS_OF_TERM, awaitEnd());
    assertFalse(lines.contains("reloaded"), lines::toString);
  }

  @Test
  void signalsAreAwaitedFlaggedAndObserved() throws Exception {
    start(DEFAULTS, "moreWays");
    await("ready");
    sendByShell("WINCH");
    await("SIGWINCH");
    sendByShell("USR1");
    await("stop");
    long sender = sendByShell("TERM");
    await(".*SIGTERM from pid " + sender + "( \\(sh\\)| \\(has ended\\))? uid " + uid());
    assertEquals(STATUS_OF_TERM, awaitEnd());
  }

  @Test
  void channelShowsTheValue() throws Exception {
    start(DEFAULTS, "channel");
    await("ready");
    Signals.process().sending().send(java.toHandle(), Signal.rtMin(3), 42);
    await("SIGRTMIN\\+3 from pid .* uid " + uid() + " \\(claimed\\) value 42");
  }

  private void start(List<String> prefix, String example) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
            "-cp",
            classPath(),
            Child.class.getName(),
            example));
    java = new ProcessBuilder(command).redirectErrorStream(true).start();
    output = java.inputReader();
    CompletableFuture.delayedExecutor(CHILD_SECONDS, TimeUnit.SECONDS)
        .execute(java::destroyForcibly);
  }

  /** Reads lines until one matches. */
  private void await(String pattern) throws IOException {
    for (String line; (line = output.readLine()) != null; ) {
      lines.add(line);
      if (line.matches(pattern)) {
        return;
      }
    }
    throw new AssertionError("no line matches " + pattern + " in\n" + String.join("\n", lines));
  }

  private int awaitEnd() throws IOException, InterruptedException {
    output.lines().forEach(lines::add);
    return java.waitFor();
  }

  /** Sends by the shell's own kill, and returns the shell's pid. */
  private long sendByShell(String signal) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + java.pid()).start();
    assertEquals(0, shell.waitFor());
    return shell.pid();
  }

  private static String uid() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
  }

  /** All that this test sees, whether by class path or by module path. */
  private static String classPath() {
    return String.join(
        File.pathSeparator,
        "target/test-classes",
        System.getProperty("java.class.path"),
        System.getProperty("jdk.module.path", "target/classes"));
  }

  /** Runs an example, and says when its signals would reach it, if it does not say so itself. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws InterruptedException {
      // Else it is set up with the first line, in the second for which an end waits for its log.
      ILoggerFactory unused = LoggerFactory.getILoggerFactory();
      switch (args[0]) {
        case "moreWays" -> sayWhenReceived(Signal.INT);
        case "channel" -> sayWhenReceived(Signal.rtMin(3));
        default -> {}
      }
      ReadmeExample.main(args);
    }

    /** The last that the example registers. */
    private static void sayWhenReceived(Signal signal) {
      Thread watch =
          new Thread(() -> {
            while (!Signals.process().status(signal).explanation().equals("it is received")) {
              Thread.onSpinWait();
            }
            System.out.println("ready");
          });
      watch.setDaemon(true);
      watch.start();
    }
  }
}
