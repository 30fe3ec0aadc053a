package org.sigqueue.bench.harness;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of this build. They are found from the classes or the jar, which are in Maven's target
 * directory.
 */
public final class BuildPaths {
  private BuildPaths() {}

  /** The root directory of the project. */
  public static Path project() {
    return parent(module());
  }

  /** A C program that the build has compiled. */
  static Path program(String name) {
    Path program = target().resolve("c").resolve(name);
    if (!Files.isExecutable(program)) {
      throw missing(program);
    }
    return program;
  }

  /** The class path of the peer that javac warns of. */
  static String withJdkPeer(String classPath) {
    Path classes = target().resolve("jdk");
    if (!Files.isDirectory(classes)) {
      throw missing(classes);
    }
    return classPath + File.pathSeparator + classes;
  }

  /** The library's modules and their dependencies: a module path. */
  static Path modules() {
    Path modules = target().resolve("modules");
    if (!Files.isDirectory(modules)) {
      throw missing(modules);
    }
    return modules;
  }

  /**
   * The library's modules and their dependencies, as a part of a class path. It matches nothing
   * until they are packaged; in the tests of the build the class folders behind it serve.
   */
  static String jars() {
    return target().resolve("modules").resolve("*").toString();
  }

  /** The directory in which peers in other languages are built. */
  static Path peers() {
    return target().resolve("peers");
  }

  /** The sources in a language. */
  static Path sources(String language) {
    return module().resolve("src").resolve("main").resolve(language);
  }

  private static HarnessException missing(Path path) {
    return new HarnessException(
        path + " is missing: build it with mvn package -pl sigqueue-bench -am -DskipTests");
  }

  private static Path module() {
    return parent(target());
  }

  private static Path target() {
    try {
      Path classes =
          Path.of(BuildPaths.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return parent(classes.toAbsolutePath().normalize());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? path : parent;
  }
}
