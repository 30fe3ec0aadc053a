package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.source.SignalSource;
import org.sigqueue.testing.VirtualSignalSource;

/** {@code doctor} in JVMs that are well, and in some that are not. */
@Timeout(240)
class DoctorTest {
  private static final List<String> WITHOUT_NATIVE = List.of(Program.NATIVE, "-Dos.arch=pdp11");

  private static String doctor(int status, List<String> options, String... arguments)
      throws Exception {
    String[] all = new String[arguments.length + 1];
    all[0] = "doctor";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    try (Program doctor = Program.start(options, all)) {
      return doctor.rest(status);
    }
  }

  @Test
  void verdictComesFirstAndHeadingsFollow() throws Exception {
    String text = doctor(0, List.of(Program.NATIVE));
    assertEquals(
        "signals can be received (source native), no problems", text.lines().findFirst().get());
    for (String line :
        List.of(
            "This process",
            "  -Xrs             no",
            "Sources",
            "Parking strategies",
            "  adaptive         preferred",
            "  park             not here: a signal handler cannot wake it",
            "Delivery",
            "  handler          works; the usual way",
            "Signals",
            "  KILL STOP        the system does not let a process catch it")) {
      assertTrue(text.lines().anyMatch(line::equals), () -> line + " is not in\n" + text);
    }
    for (String pattern :
        List.of(
            "  C library        (glibc|musl) [0-9.]+",
            "  system           Linux [0-9.]+, [a-z0-9_]+",
            "  native library   loaded, and its file removed again",
            "  native           in use.*",
            "  loaded           the library in the jar, extracted to .*",
            "  rt_sigtimedwait  usable",
            "  tgkill           usable",
            "  pidfd            usable",
            "  receivable       HUP INT .*")) {
      assertTrue(text.lines().anyMatch(l -> l.matches(pattern)), () -> pattern + "\n" + text);
    }
    assertTrue(text.contains("RTMIN..RTMIN+"), text);
  }

  @Test
  void linesFitTheDefaultWidth() throws Exception {
    for (String line : doctor(0, List.of(Program.NATIVE)).split("\n", -1)) {
      assertTrue(line.length() <= 80 || !line.strip().contains(" "), line);
    }
  }

  @Test
  void tellsItAsJson() throws Exception {
    JsonObject json =
        JsonParser.parseString(doctor(0, List.of(Program.NATIVE), "--json")).getAsJsonObject();
    assertEquals("native", json.get("source").getAsString());
    JsonObject platform = json.getAsJsonObject("platform");
    assertFalse(platform.get("reducedSignalUsage").getAsBoolean());
    assertTrue(platform.get("pendingSignals").getAsString().matches("[0-9]+/[0-9]+"));
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
  void tellsWhyNativeIsNotUsed() throws Exception {
    JsonObject json = JsonParser.parseString(doctor(0, WITHOUT_NATIVE, "--json")).getAsJsonObject();
    assertEquals("jdk", json.get("source").getAsString());
    JsonObject first = json.getAsJsonArray("sources").get(0).getAsJsonObject();
    assertEquals("native", first.get("name").getAsString());
    assertTrue(first.get("failure").getAsString().contains("linux-pdp11"));
    JsonObject realTime = json.getAsJsonArray("signals").get(33).getAsJsonObject();
    assertEquals("NOT_SUPPORTED_BY_SOURCE", realTime.get("kind").getAsString());
    assertRefused(List.of("sigwait", "futex", "eventfd"), json.getAsJsonArray("parking"));
    assertRefused(List.of("exclusive"), json.getAsJsonArray("deliveries"));

    String text = doctor(0, WITHOUT_NATIVE);
    assertEquals("signals can be received (source jdk), 1 problem", text.lines().findFirst().get());
    assertTrue(text.contains("The source 'native' does not work: cannot load"), text);
    assertTrue(text.contains("  native           does not work: see above"), text);
  }

  private static void assertRefused(List<String> names, JsonArray choices) {
    for (JsonElement choice : choices) {
      JsonObject each = choice.getAsJsonObject();
      boolean isNamed = names.contains(each.get("name").getAsString());
      assertEquals(isNamed, each.has("refusal"), each::toString);
    }
  }

  @Test
  void tellsThatNativeAccessIsDenied() throws Exception {
    assumeTrue(Runtime.version().feature() >= 24, "native access cannot be denied");
    String text = doctor(0, List.of("--illegal-native-access=deny"));
    assertTrue(text.contains("The source 'native' does not work: cannot load"), text);
    assertTrue(text.contains("--enable-native-access=ALL-UNNAMED"), text);
  }

  @Test
  void tellsWhereNothingWorks() throws Exception {
    String text = doctor(1, List.of(Program.NATIVE, "-Xrs", "-Dos.arch=pdp11"));
    assertEquals("signals cannot be received", text.lines().findFirst().get());
    assertTrue(text.contains("  -Xrs             yes"), text);
    String flat = text.replaceAll("\\s+", " ");
    assertTrue(flat.contains("cannot load the native library of sigqueue"), text);
    assertTrue(flat.contains("jdk: the JVM was started with -Xrs"), text);
  }

  @Test
  void advisesOnSignalsThatWereIgnoredAtStart() throws Exception {
    try (Program doctor = Program.startWith(List.of("nohup"), "doctor")) {
      String text = doctor.rest(0);
      assertTrue(text.contains("1 problem"), text);
      String flat = text.replaceAll("\\s+", " ");
      // INT as well where the build is such a job itself.
      assertTrue(flat.matches(".*background jobs of scripts do: HUP[ A-Z]*\\. .*"), text);
      assertTrue(flat.contains("takeOverIgnored()"), text);
    }
  }

  @Test
  void tellsWhatHasGoneWrongWithExclusiveDelivery() {
    assertEquals(List.of(), troubles(Diagnosis.of(VirtualSignalSource::new)));
    SignalSource inner = new VirtualSignalSource();
    SignalSource troubled =
        (SignalSource)
            Proxy.newProxyInstance(
                SignalSource.class.getClassLoader(),
                new Class<?>[] {SignalSource.class},
                (proxy, method, arguments) ->
                    method.getName().equals("trouble")
                        ? "threads still block SIGUSR1"
                        : method.invoke(inner, arguments));
    List<String> troubles = troubles(Diagnosis.of(() -> troubled));
    assertEquals(
        List.of("Exclusive delivery has had trouble: threads still block SIGUSR1"), troubles);
  }

  private static List<String> troubles(Diagnosis diagnosis) {
    return Finding.in(diagnosis).stream()
        .map(Finding::what)
        .filter(what -> what.contains("trouble"))
        .toList();
  }

  @Test
  void seesLibjsig() throws Exception {
    Path libjsig = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
    assumeTrue(Files.exists(libjsig), "this JDK has no libjsig");
    try (Program doctor = Program.startWith(List.of("env", "LD_PRELOAD=" + libjsig), "doctor")) {
      String text = doctor.rest(0);
      assertTrue(text.contains("  libjsig          loaded"), text);
    }
  }
}
