package org.sigqueue.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The JVM and the system that this process runs on.
 *
 * @param cLibrary the C library and its version; null if it is not known
 * @param nativeLibrary the file that the library of sigqueue was loaded from; null if none is
 *     loaded
 * @param reducedSignalUsage whether the JVM was started with {@code -Xrs}
 * @param libjsig whether libjsig is loaded
 * @param pendingSignals how many signals are queued for the processes of this user, and how many
 *     may be: {@code RLIMIT_SIGPENDING}; null where the system does not tell
 */
record Platform(
    String java,
    String kernel,
    String architecture,
    @Nullable String cLibrary,
    @Nullable String nativeLibrary,
    boolean reducedSignalUsage,
    boolean libjsig,
    @Nullable String pendingSignals) {

  private static final Path PROC = Path.of("/proc/self");
  private static final Pattern MUSL = Pattern.compile("/ld-musl-[^/]*$");
  private static final Pattern GLIBC = Pattern.compile("/libc(\\.so\\.6|-2\\.[0-9]+\\.so)$");
  private static final Pattern VERSION = Pattern.compile("[0-9]+\\.[0-9]+(\\.[0-9]+)?");
  private static final String OURS = "/libsigqueue.so";
  private static final long TOOL_SECONDS = 2;

  /** Looks at this process. */
  static Platform ofThisProcess() {
    List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
    List<String> files = mappedFiles();
    return new Platform(
        property("java.vm.name") + " " + property("java.vm.version"),
        property("os.name") + " " + property("os.version"),
        property("os.arch"),
        cLibrary(files),
        files.stream().filter(file -> file.contains(OURS)).findFirst().orElse(null),
        options.contains("-Xrs") || options.contains("-XX:+ReduceSignalUsage"),
        files.stream().anyMatch(file -> file.endsWith("/libjsig.so")),
        lines("status")
            .filter(line -> line.startsWith("SigQ:"))
            .findFirst()
            .map(line -> line.substring("SigQ:".length()).strip())
            .orElse(null));
  }

  /** The files that are mapped into this process. */
  private static List<String> mappedFiles() {
    return lines("maps")
        .filter(line -> line.indexOf('/') >= 0)
        .map(line -> line.substring(line.indexOf('/')))
        .distinct()
        .toList();
  }

  private static @Nullable String cLibrary(List<String> files) {
    for (String file : files) {
      if (MUSL.matcher(file).find()) {
        return "musl" + version(List.of(file)); // called as a program, it tells its version
      }
      if (GLIBC.matcher(file).find()) {
        return "glibc" + version(List.of("getconf", "GNU_LIBC_VERSION"));
      }
    }
    return null;
  }

  /** The version that a tool prints, after a blank; nothing if there is no such tool. */
  private static String version(List<String> tool) {
    try {
      Process process = new ProcessBuilder(tool).redirectErrorStream(true).start();
      if (!process.waitFor(TOOL_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "";
      }
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = VERSION.matcher(text);
      return version.find() ? " " + version.group() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static Stream<String> lines(String file) {
    try {
      return Files.readAllLines(PROC.resolve(file)).stream();
    } catch (IOException e) {
      return Stream.empty(); // not Linux
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }
}
