package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.Signal;
import org.sigqueue.shutdown.SignalAgent;

/** The agent tells who ends a program that knows nothing of it, and changes nothing else. */
@Timeout(300)
class SignalAgentTest {
  /** The end of a program waits for the agent's line, but not for a machine that is too busy. */
  private static final int TRIES = 5;

  @TempDir Path jars;
  @TempDir Path program;

  private Path agent;

  /** What a person would put into one folder; a build that has not packaged yet has no jars. */
  @BeforeEach
  void collectJars() throws Exception {
    for (String entry : Child.classPath().split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      String name = path.getFileName().toString();
      if (name.matches("(sigqueue-(core|api|native)|slf4j-api|jctools).*\\.jar")
          && !name.contains("tests")) {
        Files.copy(path, jars.resolve(name));
      } else if (entry.matches(".*sigqueue-(core|api|native)/target/classes")) {
        pack(path, jars.resolve(path.getParent().getParent().getFileName() + "-1.jar"));
      }
    }
    try (Stream<Path> files = Files.list(jars)) {
      agent =
          files
              .filter(file -> file.getFileName().toString().startsWith("sigqueue-api"))
              .findAny()
              .orElseThrow();
    }
    String own = "SignalAgentTest$Program.class";
    Path folder = Files.createDirectories(program.resolve("org/sigqueue/conformance"));
    try (InputStream bytes = SignalAgentTest.class.getResourceAsStream(own)) {
      Files.copy(bytes, folder.resolve(own));
    }
  }

  private static void pack(Path classes, Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", SignalAgent.class.getName());
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        Stream<Path> paths = Files.walk(classes)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        String name = classes.relativize(path).toString();
        if (!name.equals("META-INF/MANIFEST.MF")) {
          out.putNextEntry(new JarEntry(name));
          Files.copy(path, out);
        }
      }
    }
  }

  /** The program that nobody wants to change. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
      if (arguments.length > 0) {
        fillStandardError();
      }
      System.out.println("ready " + ProcessHandle.current().pid());
      Thread.sleep(Duration.ofMinutes(5).toMillis());
    }

    /** The thread that writes holds the lock of the stream then, too. */
    private static void fillStandardError() throws Exception {
      AtomicLong written = new AtomicLong();
      Thread writer =
          new Thread(() -> {
            while (true) {
              System.err.write('.');
              System.err.flush();
              written.incrementAndGet();
            }
          });
      writer.setDaemon(true);
      writer.start();
      for (long before = -1; before != written.get() || before == 0; ) {
        before = written.get();
        Thread.sleep(Duration.ofSeconds(1).toMillis());
      }
    }
  }

  private record Run(Process process, Path result, Path errors, long pid) implements AutoCloseable {
    String log() {
      return read(errors);
    }

    /** Waits for its end; what it has printed since, and how it has ended. */
    String end() throws Exception {
      byte[] rest = process.getInputStream().readAllBytes();
      Tools.await(process);
      return new String(rest, StandardCharsets.UTF_8).strip() + ", " + read(result).strip();
    }

    @Override
    public void close() {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Run start(String... options) throws Exception {
    Path errors = Tools.newFile();
    Path result = Tools.newFile();
    List<String> command = new ArrayList<>(List.of(Tools.helper(), "run", result.toString()));
    command.addAll(List.of("-d", "1", "-d", "2", "-d", "15"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(options));
    command.addAll(List.of("-cp", program.toString(), Program.class.getName()));
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    StringBuilder line = new StringBuilder();
    for (int c; (c = process.getInputStream().read()) >= 0 && c != '\n'; ) {
      line.append((char) c);
    }
    assertTrue(line.toString().startsWith("ready "), () -> line + read(errors));
    return new Run(process, result, errors, Long.parseLong(line.substring("ready ".length())));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"HUP, 129", "INT, 130", "TERM, 143"})
  void agentTellsWhoEndsTheProgramAndItEndsAsEver(String signal, int status) throws Exception {
    String log = "";
    for (int tries = 0; !log.contains(" from pid ") && tries < TRIES; tries++) {
      try (Run run = start("-javaagent:" + agent)) {
        Tools.help("kill", run.pid(), Signal.of(signal).number());
        assertEquals("hook, exited " + status, run.end());
        log = run.log();
      }
    }
    assertTrue(log.contains("SIG" + signal + " from pid "), log);
    assertTrue(log.contains(", cause USER, verified"), log);
  }

  @Test
  void programWhoseStandardErrorNobodyReadsEndsAsEver() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-javaagent:" + agent,
            "-cp",
            program.toString(),
            Program.class.getName(),
            "full");
    Process process = new ProcessBuilder(command).start();
    try {
      BufferedReader output = process.inputReader();
      assertTrue(String.valueOf(output.readLine()).startsWith("ready "));
      Tools.help("kill", process.pid(), Signal.TERM.number());
      assertTrue(process.waitFor(100, TimeUnit.SECONDS));
      assertEquals(143, process.exitValue());
      assertEquals("hook", output.readLine());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void senderThatLivesIsToldByNameCommandLineAndParent() throws Exception {
    String log = "";
    long pid = 0;
    for (int tries = 0; !log.contains(" from pid ") && tries < TRIES; tries++) {
      try (Run run = start("-javaagent:" + agent)) {
        Process sender =
            new ProcessBuilder("sh", "-c", "kill -TERM " + run.pid() + "; read end; exit 0")
                .start();
        pid = sender.pid();
        assertEquals("hook, exited 143", run.end());
        log = run.log();
        sender.getOutputStream().close();
      }
    }
    assertTrue(log.contains("SIGTERM from pid " + pid + " (sh) uid "), log);
    assertTrue(log.contains(", command line 'sh -c kill -TERM "), log);
    assertTrue(log.contains(", parent pid " + ProcessHandle.current().pid() + " (java)"), log);
  }

  @Test
  void agentObservesOnlyWhatItIsAskedFor() throws Exception {
    try (Run run = start("-javaagent:" + agent + "=HUP, INT")) {
      Tools.help("kill", run.pid(), Signal.TERM.number());
      assertEquals("hook, exited 143", run.end());
      assertFalse(run.log().contains("SIGTERM"), run.log());
    }
  }

  @Test
  void agentThatCannotWorkSaysSoAndTheProgramRuns() throws Exception {
    try (Run run = start("-javaagent:" + agent + "=NONSENSE")) {
      assertTrue(run.log().contains("sigqueue: the agent observes nothing: "), run.log());
      assertTrue(run.log().contains("NONSENSE"), run.log());
      Tools.help("kill", run.pid(), Signal.TERM.number());
      assertEquals("hook, exited 143", run.end());
    }
  }

  @Test
  void agentWithoutTheOtherJarsSaysSoAndTheProgramRuns() throws Exception {
    Path alone = Files.copy(agent, program.resolve("sigqueue-api.jar"));
    try (Run run = start("-javaagent:" + alone)) {
      assertTrue(run.log().contains("sigqueue: the agent observes nothing: "), run.log());
      Tools.help("kill", run.pid(), Signal.TERM.number());
      assertEquals("hook, exited 143", run.end());
    }
  }
}
