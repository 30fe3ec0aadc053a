package org.sigqueue.jni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.core.SharedBlock;

/** Loading, and life in a JVM that is not the usual one. */
@Timeout(120)
class NativeLibraryTest {
  private static final int SIGTERM = 15;

  @TempDir private Path directory;

  // ---- Where the library is found

  @Test
  void bundledLibraryIsExtractedAndDeletedAfterLoading() throws Exception {
    assertReceives(new ChildJvm().property("java.io.tmpdir", directory));
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(Optional.empty(), left.filter(file -> !isOfTheVm(file)).findAny());
    }
  }

  @Test
  void explicitPathComesFirst() throws Exception {
    assertReceives(
        new ChildJvm()
            .property(NativeLibrary.PATH_PROPERTY, copyOfTheLibrary())
            .property("java.io.tmpdir", "/nonexistent"));
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
  void libraryPathIsTheFallbackOfExtraction() throws Exception {
    assertReceives(
        new ChildJvm()
            .property("java.io.tmpdir", "/nonexistent")
            .property("java.library.path", copyOfTheLibrary().getParent()));
  }

  // ---- What is said when it is not

  @Test
  void missingTemporaryDirectoryIsReportedWithAdvice() throws Exception {
    String message = refusal(new ChildJvm().property("java.io.tmpdir", "/nonexistent"));
    assertContains(message, "the library in the jar for linux-" + System.getProperty("os.arch"));
    assertContains(message, "/nonexistent");
    assertContains(message, "java.library.path");
    assertContains(message, "-Djava.io.tmpdir=");
    assertContains(message, "-D" + NativeLibrary.PATH_PROPERTY + "=");
  }

  @Test
  void noexecTemporaryDirectoryIsReportedWithAdvice() throws Exception {
    Optional<Path> noexec = noexecDirectory();
    assumeTrue(noexec.isPresent(), "no writable file system is mounted noexec");
    String message = refusal(new ChildJvm().property("java.io.tmpdir", noexec.get()));
    assertContains(message, "(noexec)");
    assertContains(message, "-Djava.io.tmpdir=");
  }

  @Test
  void libraryOfAnotherArchitectureIsReportedWithAdvice() throws Exception {
    Path library = copyOfTheLibrary();
    byte[] elf = Files.readAllBytes(library);
    elf[18] ^= 0x55; // e_machine
    Files.write(library, elf);
    String message = refusal(new ChildJvm().property(NativeLibrary.PATH_PROPERTY, library));
    assertContains(message, "another system than linux-" + System.getProperty("os.arch"));
  }

  @Test
  void architectureWithoutALibraryIsReported() throws Exception {
    String message = refusal(new ChildJvm().property("os.arch", "pdp11"));
    assertContains(message, "the library in the jar for linux-pdp11");
    assertContains(message, "there is none");
  }

  @Test
  void fileThatIsNoLibraryIsReported() throws Exception {
    Path text = Files.writeString(directory.resolve("libsigqueue.so"), "not ELF");
    assertContains(
        refusal(new ChildJvm().property(NativeLibrary.PATH_PROPERTY, text)), text.toString());
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
            import org.sigqueue.core.*;

            class Probe {
              public static void main(String[] arguments) {
                SignalSource source = ServiceLoader.load(SignalSource.class).iterator().next();
                source.open();
                System.out.println(source.getClass().getModule());
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
    assertContains(result.output(), "module org.sigqueue.jni");
    assertContains(result.output(), "[adaptive, direct, eventfd, futex, park, spin, yield]");
  }

  // ---- Two copies, and none

  @Test
  void twoClassLoadersHaveTheirOwnCopies() throws Exception {
    assertContains(new ChildJvm().run("loadInTwoClassLoaders").output(), "both");
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

  // ---- Tools

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
