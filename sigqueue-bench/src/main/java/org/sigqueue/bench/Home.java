package org.sigqueue.bench;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the parts of this module are: beside the classes or the jar, in Maven's target directory.
 */
final class Home {
  private Home() {}

  /** A program in C that the build has made. */
  static Path program(String name) {
    Path program = target().resolve("c").resolve(name);
    if (!Files.isExecutable(program)) {
      throw new HarnessException(
          program + " is missing: build it with mvn package -pl sigqueue-bench -am -DskipTests");
    }
    return program;
  }

  /** The directory that peers in other languages are built in. */
  static Path peers() {
    return target().resolve("peers");
  }

  /** The sources of a language. */
  static Path sources(String language) {
    return module().resolve("src").resolve("main").resolve(language);
  }

  /** The directory of the whole project. */
  static Path project() {
    Path parent = module().getParent();
    return parent == null ? module() : parent;
  }

  private static Path module() {
    Path parent = target().getParent();
    return parent == null ? target() : parent;
  }

  private static Path target() {
    try {
      Path classes =
          Path.of(Home.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path parent = classes.toAbsolutePath().normalize().getParent();
      return parent == null ? classes : parent;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
