package org.sigqueue.bench.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The builds of the peers in Go and Rust, with the tools that are installed. Each peer is built on
 * first use and after a change of its sources; a {@link HarnessException} names a missing tool.
 */
final class Toolchains {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String CRATES = "/usr/share/cargo/registry";

  private Toolchains() {}

  static List<String> goNotify() {
    return go("notify");
  }

  static List<String> goStress() {
    return go("stress");
  }

  static List<String> signalHook() {
    return rust("signal-hook", "librust-signal-hook-dev");
  }

  static List<String> tokio() {
    return rust("tokio", "librust-tokio-dev");
  }

  /** tokio's runtime on the main thread alone. */
  static List<String> tokioMain() {
    return rust("tokio-main", "librust-tokio-dev");
  }

  private static synchronized List<String> go(String name) {
    Path source = BuildPaths.sources("go").resolve(name).resolve("main.go");
    Path program = BuildPaths.peers().resolve("go-" + name);
    if (isStale(program, source)) {
      need("go", "golang-go");
      build(
          List.of("go", "build", "-o", program.toString(), source.toString()), BuildPaths.peers());
    }
    return List.of(program.toString());
  }

  private static synchronized List<String> rust(String name, String crate) {
    Path sources = BuildPaths.sources("rust");
    Path copy = BuildPaths.peers().resolve("rust"); // cargo writes beside the sources
    Path program = copy.resolve("target").resolve("release").resolve(name);
    if (isStale(program, sources)) {
      need("cargo", "cargo");
      if (!Files.isDirectory(Path.of(CRATES))) {
        throw new HarnessException("its crate is not installed (Debian package " + crate + ")");
      }
      copy(sources, copy);
      build(List.of("cargo", "build", "-q", "--release", "--offline", "--bin", name), copy);
    }
    return List.of(program.toString());
  }

  private static void need(String tool, String debianPackage) {
    boolean found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
    if (!found) {
      throw new HarnessException(tool + " is not installed (Debian package " + debianPackage + ")");
    }
  }

  private static void build(List<String> command, Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Programs.lines(command, directory, LIMIT);
  }

  private static boolean isStale(Path program, Path sources) {
    try (Stream<Path> files = Files.walk(sources)) {
      return !Files.exists(program)
          || files.anyMatch(file -> file.toFile().lastModified() > program.toFile().lastModified());
    } catch (IOException e) {
      throw new HarnessException("its sources are missing: " + e.getMessage());
    }
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
