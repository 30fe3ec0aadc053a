package org.sigqueue.jni;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.source.SignalSourceException;

/**
 * One place from which the library could not be loaded.
 *
 * @param what the place, for people
 * @param cause why not
 * @param advice what to do about it; empty if there is nothing to do
 */
record LoadFailure(String what, Throwable cause, String advice) {
  private static final Map<String, Integer> ELF_MACHINES =
      Map.of("amd64", 62, "aarch64", 183, "riscv64", 243);

  /**
   * Finds out what was wrong, as long as the file is there.
   *
   * @param file what was to be loaded or created; null if there was none
   */
  static LoadFailure of(String what, @Nullable Path file, Throwable cause) {
    return new LoadFailure(what, cause, advice(file, cause));
  }

  /** The exception for a library that was found nowhere. */
  static SignalSourceException exception(List<LoadFailure> failures) {
    StringBuilder message = new StringBuilder("cannot load the native library of sigqueue");
    lines(failures).lines().forEach(line -> message.append("\n  ").append(line));
    String advice =
        failures.stream()
            .map(LoadFailure::advice)
            .filter(line -> !line.isEmpty())
            .distinct()
            .collect(Collectors.joining("\n"));
    Throwable cause = failures.get(failures.size() - 1).cause;
    return new SignalSourceException(
        message.append(advice.isEmpty() ? "" : "\n" + advice).toString(), cause);
  }

  /** The places and the reasons, a line for each. */
  static String lines(List<LoadFailure> failures) {
    return failures.stream()
        .map(failure -> failure.what + ": " + reason(failure.cause))
        .collect(Collectors.joining("\n"));
  }

  /** Some exceptions say no more than a name. */
  private static String reason(Throwable cause) {
    return cause instanceof UnsatisfiedLinkError
            || cause instanceof PrivateDirectory.UnsafeException
        ? String.valueOf(cause.getMessage())
        : cause.toString();
  }

  private static String advice(@Nullable Path file, Throwable cause) {
    if (cause instanceof IllegalCallerException) {
      Module module = NativeLibrary.class.getModule();
      return "Allow native access: java --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
    if (cause instanceof PrivateDirectory.UnsafeException) {
      return "Keep others from changing it (chmod +t), or " + nameADirectory();
    }
    String message = String.valueOf(cause.getMessage());
    if (message.contains("already loaded in another classloader")) {
      return "Load sigqueue in one class loader, a parent of those that use it";
    }
    if (message.contains("no sigqueue in java.library.path") || message.endsWith("is not there")) {
      return ""; // it need not be there
    }
    if (cause instanceof LinkageError) {
      return file == null ? "" : adviceOnFile(file);
    }
    if (cause instanceof IllegalStateException) {
      return "Use the native library and the jars of the same version of sigqueue";
    }
    if (message.equals("there is none")) {
      return "Build the library on this system, and name it: -D"
          + NativeLibrary.PATH_PROPERTY
          + "=<file>";
    }
    if (message.contains("property is set")) {
      return "Name a file, or remove the property " + NativeLibrary.PATH_PROPERTY;
    }
    return Character.toUpperCase(nameADirectory().charAt(0)) + nameADirectory().substring(1);
  }

  private static String nameADirectory() {
    return "name a directory for it that others cannot change: -D"
        + NativeLibrary.DIRECTORY_PROPERTY
        + "=<directory>";
  }

  /** Why the loader did not want a file: its own words depend on the language of the system. */
  private static String adviceOnFile(Path file) {
    if (!Files.isReadable(file)) {
      return "Name a file that can be read: -D" + NativeLibrary.PATH_PROPERTY + "=<file>";
    }
    try (InputStream library = Files.newInputStream(file)) {
      byte[] header = library.readNBytes(20);
      if (header.length < 20 || header[0] != 0x7f || header[1] != 'E') {
        return file + " is no library: name another file";
      }
      int machine = (header[18] & 0xff) | ((header[19] & 0xff) << 8);
      Integer expected = ELF_MACHINES.get(System.getProperty("os.arch"));
      if (expected != null && machine != expected) {
        return file + " is for another system than " + NativeLibrary.platform();
      }
    } catch (IOException e) {
      return "";
    }
    return isOnNoexec(file)
        ? "The file system of " + file + " forbids execution (noexec): " + nameADirectory()
        : "";
  }

  private static boolean isOnNoexec(Path file) {
    try {
      Path real = file.toRealPath();
      String options = "";
      int longest = 0;
      for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
        String[] fields = line.split(" ", -1);
        Path mounted = Path.of(fields[1].replace("\\040", " "));
        if (real.startsWith(mounted) && mounted.getNameCount() >= longest) {
          longest = mounted.getNameCount();
          options = fields[3]; // the last one that is mounted there counts
        }
      }
      return List.of(options.split(",", -1)).contains("noexec");
    } catch (IOException e) {
      return false;
    }
  }
}
