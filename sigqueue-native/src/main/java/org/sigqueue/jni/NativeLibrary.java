package org.sigqueue.jni;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sigqueue.core.SignalSourceException;

/**
 * Finds and loads {@code libsigqueue.so}, at most once in this class loader:
 *
 * <ol>
 *   <li>If the system property {@value #PATH_PROPERTY} is set, the file that it names, and no
 *       other.
 *   <li>The library in this jar for this architecture, extracted to a directory that nobody else
 *       can write to, and deleted as soon as it is loaded.
 *   <li>{@code sigqueue} on {@code java.library.path}.
 * </ol>
 *
 * <p>A failure is not remembered: what failed is tried again when somebody asks again.
 */
final class NativeLibrary {
  static final String PATH_PROPERTY = "org.sigqueue.native.path";

  private static final String NAME = "sigqueue";
  private static final String FILE = "libsigqueue.so";

  private static boolean loaded; // guarded by this class

  private final List<Failure> failures = new ArrayList<>();

  private NativeLibrary() {}

  /**
   * Loads the library, unless it is loaded.
   *
   * @throws SignalSourceException if that fails; the message tells what was tried and what to do
   */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    NativeLibrary library = new NativeLibrary();
    loaded =
        System.getProperty(PATH_PROPERTY) != null
            ? library.loadFrom(Place.NAMED_FILE)
            : library.loadFrom(Place.JAR) || library.loadFrom(Place.LIBRARY_PATH);
    if (!loaded) {
      throw library.failure();
    }
  }

  private boolean loadFrom(Place place) {
    try {
      switch (place) {
        case NAMED_FILE -> System.load(Path.of(namedFile()).toAbsolutePath().toString());
        case JAR -> extractAndLoad();
        case LIBRARY_PATH -> System.loadLibrary(NAME);
      }
      return true;
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      failures.add(new Failure(describe(place), e));
      return false;
    }
  }

  private static String describe(Place place) {
    return switch (place) {
      case NAMED_FILE -> PATH_PROPERTY + " = " + namedFile();
      case JAR -> "the library in the jar for " + platform();
      case LIBRARY_PATH -> "java.library.path = " + System.getProperty("java.library.path");
    };
  }

  private static String namedFile() {
    return System.getProperty(PATH_PROPERTY, "");
  }

  private void extractAndLoad() throws IOException {
    try (InputStream library = NativeLibrary.class.getResourceAsStream(platform() + "/" + FILE)) {
      if (library == null) {
        throw new FileNotFoundException("there is none");
      }
      // Private from its creation, and Files.copy refuses a file that exists: nobody can slip in a
      // library of their own.
      Path directory = createDirectory();
      Path file = directory.resolve(FILE);
      try {
        Files.copy(library, file);
        System.load(file.toString());
      } finally {
        delete(file, directory); // Linux keeps what is mapped
      }
    }
  }

  /** What exists is refused, so the name need not be hard to guess, which takes 20 ms to set up. */
  private static Path createDirectory() throws IOException {
    for (long number = System.nanoTime(); ; number++) {
      try {
        return Files.createDirectory(
            Path.of(System.getProperty("java.io.tmpdir"), NAME + "-" + number),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        // Somebody else's: another name.
      }
    }
  }

  private static void delete(Path file, Path directory) {
    try {
      Files.deleteIfExists(file);
      Files.delete(directory);
    } catch (IOException e) {
      directory.toFile().deleteOnExit(); // after the file: the JDK goes backwards
      file.toFile().deleteOnExit();
    }
  }

  private SignalSourceException failure() {
    StringBuilder message = new StringBuilder("cannot load the native library of sigqueue");
    for (Failure failure : failures) {
      message.append("\n  ").append(failure.what).append(": ").append(failure.why);
    }
    Throwable cause = failures.get(0).why;
    return new SignalSourceException(message.append('\n').append(advice(cause)).toString(), cause);
  }

  private static String advice(Throwable cause) {
    if (cause instanceof IllegalCallerException) {
      Module module = NativeLibrary.class.getModule();
      return "Allow native access: java --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
    if (String.valueOf(cause.getMessage()).contains("already loaded in another classloader")) {
      return "Load sigqueue in one class loader, a parent of those that use it";
    }
    // What dlopen says depends on the locale, so there is no telling these two apart.
    return "If the file system of "
        + System.getProperty("java.io.tmpdir")
        + " forbids execution (noexec), name another directory: -Djava.io.tmpdir=<directory>"
        + "\nIf the library is for another system than "
        + platform()
        + ", build it there and name it: -D"
        + PATH_PROPERTY
        + "=<file>";
  }

  private static String platform() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT)
        + "-"
        + System.getProperty("os.arch");
  }

  private record Failure(String what, Throwable why) {}

  private enum Place {
    NAMED_FILE,
    JAR,
    LIBRARY_PATH
  }
}
