package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.core.SharedBlock;

/** Loading, and life in a JVM that is not the usual one. */
@Timeout(600)
class NativeLibraryTest {
  private static final int SIGTERM = 15;
  private static final int SIGCONT = 18;

  @TempDir private Path directory;

  // ---- Where the library is found

  @Test
  void bundledLibraryIsExtractedAndDeletedAfterLoading() throws Exception {
    assertReceives(nowhere().property("java.io.tmpdir", directory));
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(Optional.empty(), left.filter(file -> !isOfTheVm(file)).findAny());
    }
  }

  @Test
  void explicitPathComesFirst() throws Exception {
    assertReceives(nowhere().property(NativeLibrary.PATH_PROPERTY, copyOfTheLibrary()));
  }

  @Test
  void explicitPathHasNoFallback() throws Exception {
    Path missing = directory.resolve("missing.so");
    String message =
        refusal(
            new ChildJvm()
                .property(NativeLibrary.PATH_PROPERTY, missing)
                .property("java.library.path", copyOfTheLibrary().getParent()));
    assertContains(message, NativeLibrary.PATH_PROPERTY + " = " + missing);
  }

  @Test
  void libraryThatIsInstalledComesBeforeTheJar() throws Exception {
    assertReceives(nowhere().property("java.library.path", copyOfTheLibrary().getParent()));
  }

  @Test
  void eachPlaceForExtractionIsTried() throws Exception {
    assertReceives(nowhere().property(NativeLibrary.DIRECTORY_PROPERTY, directory));
    assertReceives(nowhere().environment("XDG_RUNTIME_DIR", directory));
    Files.createDirectory(directory.resolve(".cache"));
    assertReceives(nowhere().property("user.home", directory));
  }

  @Test
  void relativePlaceIsFoundFromTheWorkingDirectory() throws Exception {
    Path here = Files.createTempDirectory(Path.of("target"), "relative");
    assertReceives(nowhere().property("java.io.tmpdir", here));
    Files.delete(here); // it is empty again, but for what the VM leaves
  }

  @Test
  void placeThatDoesNotLetProgramsRunIsPassedOver() throws Exception {
    Optional<Path> noexec = noexecDirectory();
    assumeTrue(noexec.isPresent(), "no writable file system is mounted noexec");
    assertReceives(
        nowhere()
            .property("java.io.tmpdir", noexec.get())
            .environment("XDG_RUNTIME_DIR", directory));
  }

  @Test
  void placeThatCannotBeWrittenIsPassedOver() throws Exception {
    assertReceives(
        nowhere().property("java.io.tmpdir", "/proc").environment("XDG_RUNTIME_DIR", directory));
  }

  // ---- Safety of the extracted file

  @Test
  void placeThatOthersCanChangeIsPassedOver() throws Exception {
    Path place = Files.createDirectory(directory.resolve("of-all"));
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertReceives(
        nowhere().property("java.io.tmpdir", place).environment("XDG_RUNTIME_DIR", directory));
    String message = refusal(nowhere().property("java.io.tmpdir", place));
    assertContains(message, place + " can be written by others, and has no sticky bit");
    assertContains(message, "chmod +t");
    Files.setAttribute(place, "unix:mode", 01777);
    assertReceives(nowhere().property("java.io.tmpdir", place));
  }

  @Test
  void placeBelowOneThatOthersCanChangeIsPassedOver() throws Exception {
    Path place = Files.createDirectories(directory.resolve("of-all/of-us"));
    Files.setPosixFilePermissions(place.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertContains(
        refusal(nowhere().property("java.io.tmpdir", place)),
        place.getParent() + " can be written");
  }

  @Test
  void placeOfAnotherUserIsPassedOver() throws Exception {
    assumeTrue(isRoot(), "only root can give a directory away");
    Path place = Files.createDirectory(directory.resolve("of-another"));
    Files.setAttribute(place, "unix:uid", 4242);
    assertContains(
        refusal(nowhere().property("java.io.tmpdir", place)), place + " belongs to user 4242");
  }

  @Test
  void whatIsPlantedInAPlaceIsLeftAlone() throws Exception {
    Path planted = directory.resolve("sigqueue-" + uid() + "-0");
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.createSymbolicLink(planted, target);
    Files.setLastModifiedTime(target, FileTime.fromMillis(0));
    assertReceives(nowhere().property("java.io.tmpdir", directory));
    assertTrue(Files.isSymbolicLink(planted));
    try (Stream<Path> files = Files.list(target)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void whatAKilledProcessHasLeftIsRemovedAfterAWhile() throws Exception {
    Path old = Files.createDirectory(directory.resolve("sigqueue-" + uid() + "-0"));
    Path young = Files.createDirectory(directory.resolve("sigqueue-" + uid() + "-1"));
    Files.createFile(Files.createDirectory(old.resolve("1")).resolve("libsigqueue.so"));
    Files.createFile(young.resolve("libsigqueue.so"));
    assertReceives(nowhere().property("java.io.tmpdir", directory));
    assertTrue(Files.exists(old), "it is younger than some minutes");
    Files.setLastModifiedTime(old, FileTime.fromMillis(0));
    assertReceives(nowhere().property("java.io.tmpdir", directory));
    assertFalse(Files.exists(old));
    assertTrue(Files.exists(young));
  }

  @Test
  void whatAKilledProcessHasLeftIsRemovedAtTheNextStart() throws Exception {
    PrivateDirectory ofThisProcess = PrivateDirectory.createIn(directory);
    Path left = directory.resolve("sigqueue-" + uid() + "-1");
    nowhere().property("java.io.tmpdir", directory).run("dieBeforeLoading");
    assertTrue(Files.exists(left));
    assertReceives(nowhere().property("java.io.tmpdir", directory));
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(ofThisProcess.file("x").getParent()));
  }

  /** Another user replaces each directory of ours as soon as it is there, where he can. */
  @ParameterizedTest
  @ValueSource(ints = {0777, 01777})
  void anotherUserDoesNotGetHisCodeExecuted(int mode) throws Exception {
    assumeTrue(isRoot(), "only root can be another user");
    Path place = Files.createDirectory(directory.resolve("of-all"));
    Files.setAttribute(place, "unix:mode", mode);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path mark = directory.resolve("mark");
    Process thief = startThief(place);
    try {
      ChildJvm.Result result =
          nowhere()
              .property("java.io.tmpdir", place)
              .environment("XDG_RUNTIME_DIR", directory)
              .environment("SIGQUEUE_THIEF", mark)
              .run("loadManyTimes");
      assertFalse(Files.exists(mark), "code of another user was executed");
      assertEquals("loaded 200\n", result.output());
      assertTrue(thief.isAlive());
    } finally {
      thief.destroyForcibly().waitFor();
    }
  }

  private static Process startThief(Path place) throws Exception {
    Path built = Path.of("target", "native").toAbsolutePath();
    Process thief =
        new ProcessBuilder(
                built.resolve("thief").toString(),
                "4242",
                place.toString(),
                built.resolve("libthief.so").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertEquals('r', thief.getInputStream().read()); // it is ready
    return thief;
  }

  // ---- Messages when it is not found

  @Test
  void placesThatWerePassedOverAreTold() throws Exception {
    String facts =
        nowhere().environment("XDG_RUNTIME_DIR", directory).run("printTheFacts").output();
    assertContains(facts, "loaded: the library in the jar, extracted to " + directory + "\n");
    assertContains(facts, "not loaded: extracting the library in the jar to /nonexistent: ");
  }

  @Test
  void placesThatFailAreReportedWithAdvice() throws Exception {
    String message = refusal(nowhere());
    assertContains(message, "extracting the library in the jar to /nonexistent");
    assertContains(message, "java.library.path");
    assertContains(message, "-D" + NativeLibrary.DIRECTORY_PROPERTY + "=<directory>");
    assertFalse(message.contains("noexec"), message);
  }

  @Test
  void noexecPlaceIsReportedWithAdvice() throws Exception {
    Optional<Path> noexec = noexecDirectory();
    assumeTrue(noexec.isPresent(), "no writable file system is mounted noexec");
    String message = refusal(nowhere().property("java.io.tmpdir", noexec.get()));
    assertContains(message, "The file system of " + noexec.get());
    assertContains(message, "forbids execution (noexec)");
  }

  @Test
  void emptyPathIsReported() throws Exception {
    String message = refusal(new ChildJvm().property(NativeLibrary.PATH_PROPERTY, ""));
    assertContains(message, "the property is set, and empty");
  }

  @Test
  void libraryOfAnotherArchitectureIsReportedWithAdvice() throws Exception {
    Path library = copyOfTheLibrary();
    byte[] elf = Files.readAllBytes(library);
    elf[18] ^= 0x55; // e_machine
    Files.write(library, elf);
    String message = refusal(new ChildJvm().property(NativeLibrary.PATH_PROPERTY, library));
    assertContains(message, "is for another system than linux-" + System.getProperty("os.arch"));
  }

  @Test
  void architectureWithoutALibraryIsReported() throws Exception {
    String message = refusal(new ChildJvm().property("os.arch", "pdp11"));
    assertContains(message, "the library in the jar for linux-pdp11");
    assertContains(message, "there is none");
    assertContains(message, "-D" + NativeLibrary.PATH_PROPERTY + "=");
  }

  @Test
  void fileThatIsNoLibraryIsReported() throws Exception {
    Path text = Files.writeString(directory.resolve("libsigqueue.so"), "not ELF");
    assertContains(
        refusal(new ChildJvm().property(NativeLibrary.PATH_PROPERTY, text)),
        text + " is no library");
  }

  // ---- Libraries that are not this one

  /** Somebody else's of the same name, and one of ours that lacks a native. */
  @ParameterizedTest
  @ValueSource(strings = {"foreign", "lacking"})
  void anotherLibraryOfTheSameNameIsRefusedOrPassedOver(String which) throws Exception {
    Path other = Path.of("target", "native", which).toAbsolutePath();
    assertReceives(new ChildJvm().property("java.library.path", other));
    String message =
        refusal(
            new ChildJvm().property(NativeLibrary.PATH_PROPERTY, other.resolve("libsigqueue.so")));
    assertContains(message, which.equals("foreign") ? "Shim.version" : "it is version ");
  }

  /** As maven-shade-plugin does it, with a name of the same length. */
  @Test
  void packagesMayBeRenamed() throws Exception {
    List<String> renamed = new ArrayList<>();
    for (Class<?> type : List.of(SharedBlock.class, NativeLibrary.class, Scenarios.class)) {
      Path to = directory.resolve("renamed-" + renamed.size());
      renamed.add(to.toString());
      copyRenamed(locationOf(type), to);
    }
    ChildJvm.Result result =
        new ChildJvm()
            .option("--enable-native-access=ALL-UNNAMED")
            .run(
                "-cp",
                String.join(":", renamed),
                Scenarios.class.getName().replace("org.sigqueue", "our.sigqueue"),
                "receive");
    assertEquals("received\n", result.output());
  }

  @Test
  void deniedNativeAccessIsReportedWithTheFlag() throws Exception {
    assumeTrue(Runtime.version().feature() >= 24, "native access cannot be denied");
    ChildJvm.Result result =
        new ChildJvm()
            .option("--illegal-native-access=deny")
            .run(
                "-cp", System.getProperty("java.class.path"), Scenarios.class.getName(), "receive");
    assertContains(result.output(), "refused: ");
    assertContains(result.output(), "--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void sameFileInASecondClassLoaderIsReportedWithAdvice() throws Exception {
    ChildJvm.Result result =
        new ChildJvm()
            .property(NativeLibrary.PATH_PROPERTY, copyOfTheLibrary())
            .run("loadInTwoClassLoaders");
    assertContains(result.output(), "already loaded in another classloader");
    assertContains(result.output(), "in one class loader");
  }

  @Test
  void failureIsNotRemembered() throws Exception {
    assertContains(new ChildJvm().run("loadAgainAfterAFailure").output(), "received");
  }

  // ---- Module path

  @Test
  void modulePathFindsSourceAndStrategies() throws Exception {
    Path program =
        Files.writeString(
            directory.resolve("Probe.java"),
            """
            import java.util.ServiceLoader;
            import org.sigqueue.core.park.*;
            import org.sigqueue.core.source.*;

            class Probe {
              public static void main(String[] arguments) {
                SignalSource source = ServiceLoader.load(SignalSource.class).iterator().next();
                source.open();
                Module module = source.getClass().getModule();
                System.out.println(module + " exports " + module.getDescriptor().exports());
                System.out.println(ParkingStrategies.all().keySet());
              }
            }
            """);
    ChildJvm.Result result =
        new ChildJvm()
            .option("--enable-native-access=org.sigqueue.jni")
            .run(
                "-p",
                locationOf(SharedBlock.class) + ":" + locationOf(NativeLibrary.class),
                "--add-modules",
                "org.sigqueue.jni",
                program.toString());
    assertContains(result.output(), "module org.sigqueue.jni exports []\n");
    assertContains(result.output(), "[adaptive, eventfd, futex, park, sigwait, spin, yield]");
  }

  // ---- Two copies, and none

  @Test
  void secondCopyIsRefusedASignalOfTheFirstAndToldWhoHasIt() throws Exception {
    String output = new ChildJvm().run("receiveInTwoClassLoaders").output();
    assertContains(output, "cannot install a handler for signal 10: another copy of sigqueue");
    assertContains(output, "that of the class loader app, ");
    assertTrue(output.endsWith("received 10\nand then the other\n"), output);
  }

  @Test
  void handlerOutlivesItsClassLoader() throws Exception {
    ChildJvm.Result result = new ChildJvm().run("handlerOutlivesItsClassLoader");
    assertEquals("restored: true\norphan: true\nalive\n", result.output());
    assertEquals(0, result.status());
  }

  // ---- Beside the VM

  @Test
  void handlerOfTheJdkThatDisplacesOursIsLeftAlone() throws Exception {
    assertEquals(
        "restored: false\nleft alone: true\nours: true\nrestored: true\ndefault: true\n",
        new ChildJvm().run("displacedByTheJdk").output());
  }

  @Test
  void signalThatLibjsigKeepsForTheVmIsRefused() throws Exception {
    Path libjsig = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
    assumeTrue(Files.exists(libjsig), "this JDK has no libjsig");
    ChildJvm.Result result =
        new ChildJvm().environment("LD_PRELOAD", libjsig).run("pipeUnderLibjsig");
    assertContains(result.output(), "refused: cannot install a handler for signal 13");
    assertContains(result.output(), "libjsig");
  }

  @Test
  void restIsReceivedUnderLibjsig() throws Exception {
    Path libjsig = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
    assumeTrue(Files.exists(libjsig), "this JDK has no libjsig");
    assertReceives(new ChildJvm().environment("LD_PRELOAD", libjsig));
  }

  @Test
  void signalsAreReceivedWithReducedSignalUsage() throws Exception {
    assertReceives(new ChildJvm().option("-Xrs"));
  }

  @Test
  void checkedJniHasNothingToSay() throws Exception {
    ChildJvm.Result result = new ChildJvm().option("-Xcheck:jni").run("receive");
    assertEquals("received\n", result.output());
  }

  @Test
  void deathBySignalRunsNoHooks() throws Exception {
    ChildJvm.Result result = new ChildJvm().run("dieBySigterm");
    assertEquals("", result.output());
    assertEquals(128 + SIGTERM, result.status());
  }

  // ---- Signals that were blocked at the start, and default actions

  @Test
  void blockedSignalIsReceivedByTheThreadThatUnblocksIt() throws Exception {
    ChildJvm.Result result =
        new ChildJvm().under(Hostile.PROGRAM, "10").run("receiveWhatTheParentHasBlocked");
    assertEquals(
        "accepted before: 0\nunblocked: {10}\nreceived: 10\naccepted after: 1\n", result.output());
  }

  /** timeout(1) gives its child a process group that the kernel lets stop. */
  @Test
  void defaultActionIsTakenThoughTheSignalIsReceived() throws Exception {
    Process timeout =
        new ProcessBuilder(
                "timeout",
                "--signal=KILL",
                "100",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Scenarios.class.getName(),
                "performDefaults")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output = timeout.inputReader()) {
      assertEquals("performs 20", output.readLine());
      long jvm = timeout.children().findFirst().orElseThrow().pid();
      while (!Files.readString(Path.of("/proc/" + jvm + "/stat")).contains(") T ")) {
        Thread.onSpinWait();
      }
      assertFalse(output.ready(), "it has stopped");
      new NativeSignalSource().sender().kill(jvm, SIGCONT);
      assertEquals("performs 15", output.readLine());
      assertNull(output.readLine());
      assertEquals(128 + SIGTERM, timeout.waitFor());
    }
  }

  // ---- Tools

  /** A JVM that finds no place to extract the library to. */
  private static ChildJvm nowhere() {
    return new ChildJvm()
        .property("java.io.tmpdir", "/nonexistent")
        .property("user.home", "/nonexistent")
        .environment("XDG_RUNTIME_DIR", "");
  }

  /**
   * From a directory of classes, or from a jar: Maven has made one of the core from its package
   * phase on.
   */
  private static void copyRenamed(Path from, Path to) throws Exception {
    if (Files.isRegularFile(from)) {
      try (FileSystem jar = FileSystems.newFileSystem(from)) {
        copyRenamed(jar.getPath("/"), to);
      }
      return;
    }
    List<Path> files;
    try (Stream<Path> tree = Files.walk(from)) {
      files = tree.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path copy = to.resolve(renamed(from.relativize(file).toString()));
      Files.createDirectories(copy.getParent());
      byte[] bytes = Files.readAllBytes(file);
      boolean isLibrary = file.toString().endsWith(".so");
      Files.write(
          copy,
          isLibrary
              ? bytes
              : renamed(new String(bytes, StandardCharsets.ISO_8859_1))
                  .getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static String renamed(String text) {
    return text.replace("org/sigqueue", "our/sigqueue").replace("org.sigqueue", "our.sigqueue");
  }

  private static int uid() throws Exception {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static boolean isRoot() throws Exception {
    return uid() == 0;
  }

  private static void assertReceives(ChildJvm jvm) throws Exception {
    ChildJvm.Result result = jvm.run("receive");
    assertTrue(result.output().endsWith("received\n"), result.output());
    assertEquals(0, result.status());
  }

  private static String refusal(ChildJvm jvm) throws Exception {
    String output = jvm.run("receive").output();
    assertContains(output, "refused: cannot load the native library of sigqueue");
    return output;
  }

  private static void assertContains(String text, String part) {
    assertTrue(text.contains(part), () -> "'" + part + "' is not in: " + text);
  }

  private Path copyOfTheLibrary() throws Exception {
    String resource = "linux-" + System.getProperty("os.arch") + "/libsigqueue.so";
    Path copy = Files.createDirectories(directory.resolve("lib")).resolve("libsigqueue.so");
    try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
      Files.write(copy, library.readAllBytes(), StandardOpenOption.CREATE_NEW);
    }
    return copy;
  }

  private static Path locationOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** The VM leaves its performance counters in a directory of this name. */
  private static boolean isOfTheVm(Path file) {
    return file.getFileName().toString().startsWith("hsperfdata_");
  }

  private static Optional<Path> noexecDirectory() throws Exception {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      return mounts
          .map(line -> line.split(" "))
          .filter(mount -> ("," + mount[3] + ",").contains(",noexec,"))
          .map(mount -> Path.of(mount[1]))
          .filter(Files::isWritable)
          .filter(path -> !path.startsWith("/proc") && !path.startsWith("/sys"))
          .findFirst();
    }
  }
}
