package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code watch}, {@code send} and {@code doctor}, as processes with real signals between them. */
@Timeout(180)
class CommandsTest {
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

  @TempDir Path directory;

  private final List<Program> programs = new ArrayList<>();

  /** A command in a JVM of its own. */
  private final class Program {
    final Process process;
    final BufferedReader out;
    final Path errors;

    Program(List<String> java, String... arguments) throws Exception {
      List<String> command = new ArrayList<>();
      // Children inherit what is ignored, and this JVM may have been started in the background.
      command.addAll(
          List.of("perl", "-e", "$SIG{$_} = 'DEFAULT' for qw(HUP INT TERM); exec @ARGV"));
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-XX:TieredStopAtLevel=1");
      command.addAll(java);
      command.addAll(List.of("-cp", classPath(), Main.class.getName()));
      command.addAll(List.of(arguments));
      errors = directory.resolve("errors" + programs.size());
      process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      out = process.inputReader(StandardCharsets.UTF_8);
      programs.add(this);
    }

    /** Waits until it has said this to its standard error. */
    void said(String text) throws Exception {
      long start = System.nanoTime();
      while (!errors().contains(text)) {
        assertTrue(process.isAlive() || errors().contains(text), this::errors);
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(60), this::errors);
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }

    String errors() {
      try {
        return Files.readString(errors);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /** Its exit status and what it prints until then. */
    String rest(int status) throws Exception {
      String rest = String.join("\n", out.lines().toList());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(status, process.exitValue(), this::errors);
      return rest;
    }

    long pid() {
      return process.pid();
    }
  }

  private Program start(String... arguments) throws Exception {
    return new Program(List.of(NATIVE), arguments);
  }

  @AfterEach
  void killWhatIsLeft() {
    programs.forEach(program -> program.process.destroyForcibly());
  }

  // ---- watch and send

  @Test
  void watchPrintsWhatSendSends() throws Exception {
    Program watch = start("watch", "USR1", "RTMIN+3", "--count", "2");
    watch.said("watches USR1 RTMIN+3");
    Program send = start("send", String.valueOf(watch.pid()), "USR1");
    assertEquals("", send.rest(0));
    String line = watch.out.readLine();
    assertTrue(line.endsWith(" SIGUSR1 from pid " + send.pid() + " uid " + uid()), line);
    send = start("send", String.valueOf(watch.pid()), "SIGRTMIN+3", "--value", "-42");
    assertEquals("", send.rest(0));
    line = watch.rest(0);
    assertTrue(
        line.endsWith(" SIGRTMIN+3 from pid " + send.pid() + " uid " + uid() + " value -42"), line);
  }

  @Test
  void watchPrintsJson() throws Exception {
    Program watch = start("watch", "HUP", "RTMAX", "--json");
    watch.said("watches HUP RTMIN+30");
    long shell = kill("HUP", watch);
    JsonObject line = JsonParser.parseString(watch.out.readLine()).getAsJsonObject();
    assertEquals("SIGHUP", line.get("signal").getAsString());
    assertEquals(1, line.get("number").getAsInt());
    assertEquals(1, line.get("count").getAsLong());
    assertEquals("USER", line.get("cause").getAsString());
    assertEquals(shell, line.get("pid").getAsLong());
    assertEquals(uid(), line.get("uid").getAsString());
    assertFalse(line.has("value"));
    Program send = start("send", String.valueOf(watch.pid()), "64", "--value", "7");
    send.rest(0);
    line = JsonParser.parseString(watch.out.readLine()).getAsJsonObject();
    assertEquals(7, line.get("value").getAsLong());
    assertEquals("QUEUE", line.get("cause").getAsString());
    kill("INT", watch);
    assertEquals("", watch.rest(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void watchOfAllEndsWhenInterrupted(String end) throws Exception {
    Program watch = start("watch");
    watch.said("watches HUP USR1");
    kill("WINCH", watch);
    assertTrue(watch.out.readLine().contains(" SIGWINCH from pid "));
    kill(end, watch);
    assertEquals("", watch.rest(0));
  }

  @Test
  void namedIntIsPrinted() throws Exception {
    Program watch = start("watch", "INT", "--count", "1");
    watch.said("watches INT");
    long shell = kill("INT", watch);
    assertTrue(watch.rest(0).endsWith(" SIGINT from pid " + shell + " uid " + uid()));
  }

  @Test
  void watchWithoutTheNativeLibraryDoesNotKnowWho() throws Exception {
    Program watch =
        new Program(
            List.of(NATIVE, "-Djava.io.tmpdir=/nonexistent"), "watch", "USR1", "--count", "1");
    watch.said("watches USR1");
    assertTrue(watch.errors().contains("cannot load the native library"), watch::errors);
    kill("USR1", watch);
    assertTrue(watch.rest(0).endsWith(" SIGUSR1"));
  }

  @ParameterizedTest
  @CsvSource({
    "2, watch NOSUCH, is no signal",
    "2, watch KILL, SIGKILL cannot be received",
    "2, watch --count 0, allowed are 1 to 2147483647",
    "2, send 1, Missing required parameter",
    "2, send 0 HUP, allowed are 1 to 2147483647",
    "2, send -1 HUP, allowed are",
    "2, send x HUP, allowed are",
    "2, send 1 NOSUCH, is no signal",
    "2, send 1 HUP --value x, --value",
    "1, send 2147483647 HUP, No such process",
    "2, doctor now, Unmatched argument",
  })
  void refusalsSayWhy(int status, String arguments, String why) throws Exception {
    Program program = start(arguments.split(" "));
    assertEquals("", program.rest(status));
    assertTrue(program.errors().contains(why), program::errors);
  }

  // ---- doctor

  @Test
  void doctorTellsWhatWorks() throws Exception {
    String text = start("doctor").rest(0);
    for (String line :
        List.of(
            "-Xrs: no",
            "source native: in use",
            "source jdk: works; not needed",
            "ring: 16384 records",
            "parking adaptive: preferred",
            "parking park: park cannot be woken from a signal handler",
            "delivery handler: works; usual for standard signals",
            "UNCATCHABLE (the system does not let a process catch it): KILL STOP")) {
      assertTrue(text.lines().anyMatch(line::equals), () -> line + " is not in\n" + text);
    }
  }

  @Test
  void doctorTellsItAsJson() throws Exception {
    JsonObject json = JsonParser.parseString(start("doctor", "--json").rest(0)).getAsJsonObject();
    assertEquals("native", json.get("source").getAsString());
    assertFalse(json.get("reducedSignalUsage").getAsBoolean());
    assertTrue(json.get("pendingSignals").getAsString().matches("[0-9]+/[0-9]+"));
    JsonArray signals = json.getAsJsonArray("signals");
    assertEquals(64, signals.size());
    for (JsonElement delivery : json.getAsJsonArray("deliveries")) {
      assertFalse(delivery.getAsJsonObject().has("refusal"), delivery::toString);
    }
    JsonObject usr2 = signals.get(11).getAsJsonObject();
    assertEquals("USR2", usr2.get("signal").getAsString());
    assertEquals("RESERVED_BY_VM", usr2.get("kind").getAsString());
    assertTrue(usr2.get("explanation").getAsString().contains("_JAVA_SR_SIGNUM"));
  }

  @Test
  void doctorTellsWhyNativeIsNotUsed() throws Exception {
    Program doctor = new Program(List.of(NATIVE, "-Dos.arch=pdp11"), "doctor", "--json");
    JsonObject json = JsonParser.parseString(doctor.rest(0)).getAsJsonObject();
    assertEquals("jdk", json.get("source").getAsString());
    JsonObject first = json.getAsJsonArray("sources").get(0).getAsJsonObject();
    assertEquals("native", first.get("name").getAsString());
    assertTrue(first.get("failure").getAsString().contains("linux-pdp11"));
    for (JsonElement parking : json.getAsJsonArray("parking")) {
      JsonObject each = parking.getAsJsonObject();
      boolean isNative =
          List.of("direct", "futex", "eventfd").contains(each.get("name").getAsString());
      assertEquals(isNative, each.has("refusal"), each::toString);
    }
    for (JsonElement delivery : json.getAsJsonArray("deliveries")) {
      JsonObject each = delivery.getAsJsonObject();
      boolean isHandler = each.get("name").getAsString().equals("HANDLER");
      assertEquals(!isHandler, each.has("refusal"), each::toString);
    }
    JsonObject realTime = json.getAsJsonArray("signals").get(33).getAsJsonObject();
    assertEquals("NOT_SUPPORTED_BY_SOURCE", realTime.get("kind").getAsString());
  }

  @Test
  void doctorTellsThatNativeAccessIsDenied() throws Exception {
    assumeTrue(Runtime.version().feature() >= 24, "native access cannot be denied");
    String text = new Program(List.of("--illegal-native-access=deny"), "doctor").rest(0);
    assertTrue(text.contains("source native: does not work: cannot load"), text);
    assertTrue(text.contains("native access: not enabled"), text);
    assertTrue(text.contains("--enable-native-access=ALL-UNNAMED"), text);
    assertTrue(text.contains("source jdk: in use"), text);
  }

  @Test
  void doctorTellsWhereNothingWorks() throws Exception {
    Program doctor = new Program(List.of(NATIVE, "-Xrs", "-Dos.arch=pdp11"), "doctor");
    String text = doctor.rest(1);
    assertTrue(text.contains("-Xrs: yes"), text);
    assertTrue(text.contains("source jdk: does not work"), text);
    assertTrue(text.contains("signals cannot be received"), text);
    Program watch = new Program(List.of(NATIVE, "-Xrs", "-Dos.arch=pdp11"), "watch");
    assertEquals("", watch.rest(Main.NO_SOURCE));
    assertTrue(watch.errors().contains("no source of signals works here"), watch::errors);
  }

  @Test
  void doctorSeesLibjsig() throws Exception {
    Path libjsig = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
    assumeTrue(Files.exists(libjsig), "this JDK has no libjsig");
    Process doctor =
        new ProcessBuilder(
                "env",
                "LD_PRELOAD=" + libjsig,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                NATIVE,
                "-cp",
                classPath(),
                Main.class.getName(),
                "doctor")
            .redirectErrorStream(true)
            .start();
    String text = new String(doctor.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, doctor.waitFor(), text);
    assertTrue(text.contains("libjsig: loaded"), text);
  }

  // ---- Tools

  /** Sends by the shell's own kill, and returns the shell's pid. */
  private static long kill(String signal, Program to) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + to.pid()).start();
    assertEquals(0, shell.waitFor());
    return shell.pid();
  }

  private static String uid() throws Exception {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
  }

  private static String classPath() {
    return String.join(
        File.pathSeparator,
        "target/classes",
        System.getProperty("java.class.path"),
        System.getProperty("jdk.module.path", ""));
  }
}
