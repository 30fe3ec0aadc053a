package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.sigqueue.Signal;
import org.sigqueue.SignalNotifier;

/**
 * A JVM of its own, for tests that would end this one or need another start: it calls a static
 * method of a test class, and talks with the test by lines. The helper starts it, with the default
 * actions of HUP, INT and TERM, and tells how it ends: {@link Process#exitValue} cannot tell a
 * death by a signal from an exit status.
 */
public final class Child implements AutoCloseable {
  private static final String END = "(end of output)";
  private static final BufferedReader INPUT =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  /** How to start a child. */
  public static final class Options {
    private final Class<?> type;
    private final String method;
    private final List<String> java = new ArrayList<>();
    private final List<String> dispositions = new ArrayList<>();
    private final List<String> wrapper = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> classPath = new ArrayList<>();
    private boolean denied;
    private boolean logging = true;

    private Options(Class<?> type, String method) {
      this.type = type;
      this.method = method;
      for (Signal signal : List.of(Signal.HUP, Signal.INT, Signal.TERM)) {
        disposition("-d", signal);
      }
    }

    /** Adds options of the JVM. */
    public Options java(String... options) {
      java.addAll(List.of(options));
      return this;
    }

    /** Has it started with a signal ignored. */
    public Options ignoring(Signal signal) {
      return disposition("-i", signal);
    }

    /** Has it started with a signal blocked. */
    public Options blocking(Signal signal) {
      return disposition("-b", signal);
    }

    /** Has it started by another program: nohup, for example. */
    public Options under(String... command) {
      wrapper.addAll(List.of(command));
      return this;
    }

    /** Does not allow it native access, which a JDK of 24 or later can then deny. */
    public Options denyingNativeAccess() {
      denied = true;
      return java("--illegal-native-access=deny");
    }

    /** Has it started with a variable in its environment. */
    public Options environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Puts the files of a directory on its class path, before all else. */
    public Options library(Path directory) throws IOException {
      try (var files = Files.list(directory)) {
        files.map(Path::toString).sorted().forEach(classPath::add);
      }
      assertFalse(classPath.isEmpty(), directory + " is empty");
      return this;
    }

    /** Leaves the provider of SLF4J out. */
    public Options withoutLoggingProvider() {
      logging = false;
      return this;
    }

    /** Has it load {@code resident.c} when {@link Child#loadResident} is called. */
    public Options resident(String order) throws Exception {
      environment.put("RESIDENT", order);
      return java("-Dresident=" + Tools.resident());
    }

    /** Has {@code refusing.c} stand between it and libc; see {@link RefusingKernel}. */
    public Options refusing() throws Exception {
      return environment("LD_PRELOAD", Tools.refusing()).java("-Drefusing=" + Tools.refusing());
    }

    private Options disposition(String option, Signal signal) {
      dispositions.add(option);
      dispositions.add(String.valueOf(signal.number()));
      return this;
    }

    /** Starts it and waits until the method is about to be called. */
    public Child start(Object... arguments) throws Exception {
      Path result = Tools.newFile();
      List<String> command = new ArrayList<>(List.of(Tools.helper(), "run", result.toString()));
      command.addAll(dispositions);
      command.addAll(command(arguments));
      return new Child(command, environment, result);
    }

    /** The command that runs the JVM, without the helper. */
    public List<String> command(Object... arguments) {
      List<String> command = new ArrayList<>(wrapper);
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
      if (!denied) {
        command.add("--enable-native-access=ALL-UNNAMED");
      }
      command.addAll(java);
      classPath.addAll(List.of(classPath().split(File.pathSeparator)));
      classPath.removeIf(entry -> !logging && entry.contains("slf4j-simple"));
      command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath)));
      command.addAll(List.of(Child.class.getName(), type.getName(), method));
      for (Object argument : arguments) {
        command.add(argument.toString());
      }
      return command;
    }
  }

  private final List<String> command;
  private final Process process;
  private final Path result;
  private final Path errors;
  private final PrintWriter input;
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> allLines = Collections.synchronizedList(new ArrayList<>());
  private final long pid;

  private Child(List<String> command, Map<String, String> environment, Path result)
      throws Exception {
    this.command = command;
    this.result = result;
    this.errors = Tools.newFile();
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    process = builder.start();
    input = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    Thread reader = new Thread(this::read, "child-output");
    reader.setDaemon(true);
    reader.start();
    pid = Long.parseLong(expectStart("started ").substring("started ".length()));
  }

  /** A child that calls a static method of a class, with an array of strings. */
  public static Options calling(Class<?> type, String method) {
    return new Options(type, method);
  }

  /** The main method of children. */
  public static void main(String[] arguments) throws Exception {
    // On a line of its own: a debugger may be in the midst of one.
    System.out.println("\nstarted " + ProcessHandle.current().pid());
    String[] rest = List.of(arguments).subList(2, arguments.length).toArray(new String[0]);
    var method = Class.forName(arguments[0]).getDeclaredMethod(arguments[1], String[].class);
    method.setAccessible(true);
    method.invoke(null, (Object) rest);
  }

  /** In a child: waits for the next {@link #say}. */
  public static void awaitWord() throws IOException {
    INPUT.readLine();
  }

  /** In a child: loads {@code resident.c}. */
  public static void loadResident() {
    System.load(System.getProperty("resident"));
  }

  /** In a child: a notifier that takes signals that were ignored at the start. */
  public static SignalNotifier takingOver() {
    return SignalNotifier.builder().takeOverIgnored().build();
  }

  public long pid() {
    return pid;
  }

  /** The signals lines of {@code /proc/PID/status} of its main thread. */
  public Map<String, Long> signalMasks() throws Exception {
    return masks(Tools.help("status", pid));
  }

  /** The signal lines of {@code /proc/PID/status}, by name. */
  public static Map<String, Long> masks(String status) {
    Map<String, Long> masks = new HashMap<>();
    for (String line :
        status.lines().filter(line -> line.matches("S.*:\\s*[0-9a-f]{16}")).toList()) {
      int colon = line.indexOf(':');
      masks.put(
          line.substring(0, colon), Long.parseUnsignedLong(line.substring(colon + 1).strip(), 16));
    }
    return masks;
  }

  /** Waits for its next line. */
  public String line() throws Exception {
    String line = lines.poll(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
    return line == null ? fail("no line came from " + this) : line;
  }

  /** Waits for its next line, which must be this. */
  public void expect(String expected) throws Exception {
    String line = line();
    if (line.equals(END) && !expected.equals(END)) {
      failWithout("'" + expected + "'");
    }
    assertEquals(expected, line, () -> describe());
  }

  private void failWithout(Object expected) throws Exception {
    fail(expected + " did not come; " + end() + ": " + describe());
  }

  /** Waits for a line that starts so, and returns it; lines before that are skipped. */
  public String expectStart(String prefix) throws Exception {
    for (; ; ) {
      String line = line();
      if (line.startsWith(prefix)) {
        return line;
      }
      if (line.equals(END)) {
        failWithout("'" + prefix + "'");
      }
    }
  }

  /** Waits for lines that start so, in any order; others are skipped. */
  public void expectStarts(String... prefixes) throws Exception {
    List<String> missing = new ArrayList<>(List.of(prefixes));
    while (!missing.isEmpty()) {
      String line = line();
      missing.removeIf(line::startsWith);
      if (line.equals(END)) {
        failWithout(missing);
      }
    }
  }

  /** Gives it a line to read. */
  public void say(String line) {
    input.println(line);
  }

  /** Waits for its end, and returns all changes of its state: "exited 0", "signaled 15". */
  public String end() throws Exception {
    input.close();
    assertEquals(0, Tools.await(process), this::describe);
    return Files.readString(result).strip().replace("\n", ", ");
  }

  /** Waits for its end, and returns the lines that were not read yet. */
  public List<String> rest() throws Exception {
    input.close();
    List<String> rest = new ArrayList<>();
    for (String line = line(); !line.equals(END); line = line()) {
      rest.add(line);
    }
    return rest;
  }

  /** Waits until it has written a text to its standard error, which it may do in a thread apart. */
  public void awaitError(String expected) {
    Await.until(() -> "'" + expected + "' in " + describe(), () -> errors().contains(expected));
  }

  /** The text that it has written to its standard error. */
  public String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it, if it has not ended. */
  @Override
  public void close() {
    process.destroyForcibly(); // the child dies with the helper
  }

  @Override
  public String toString() {
    return command.toString();
  }

  private String describe() {
    return command + "\nlines: " + allLines + "\nerrors: " + errors();
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = reader.readLine()) != null; ) {
        allLines.add(line);
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add(e.toString());
    }
    lines.add(END);
  }

  /** All that this test sees, whether by class path or by module path. */
  public static String classPath() {
    return String.join(
        File.pathSeparator,
        "target/test-classes",
        System.getProperty("java.class.path"),
        System.getProperty("jdk.module.path", "target/classes"));
  }
}
