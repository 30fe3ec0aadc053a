package org.sigqueue.jni;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A directory for a library that is about to be loaded: nobody but this user, and root, can put
 * another file in its place.
 *
 * <p>A place has directories with numbers, in which a process that was killed may have left
 * something. In it is one that names its process, so that the next start knows what is left, and
 * that has a name which this process has not had before: libc and the VM know what they have loaded
 * by its path, also when that is gone.
 */
final class PrivateDirectory {
  private static final String PREFIX = "sigqueue-";
  private static final int TRIES = 1000;

  /** A file is here for some milliseconds. An older one is of a process that has ended. */
  private static final long LEFT_OVER_MILLIS = 600_000;

  private static final long UNKNOWN = -1;
  private static final long ROOT = 0;
  private static final int STICKY = 01000;
  private static final int WRITABLE_BY_OTHERS = 022;

  /** No EnumSet, as PosixFilePermissions.fromString makes: the first one calls by reflection. */
  private static final Set<PosixFilePermission> OF_OWNER =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private final Path numbered;
  private final Path named;

  private PrivateDirectory(Path numbered, Path named) {
    this.numbered = numbered;
    this.named = named;
  }

  /**
   * Creates a directory in a place, which has to exist and be safe. What exists is refused, so its
   * name need not be hard to guess; what a killed process has left there is removed first.
   *
   * @throws UnsafeException if others can change the place, or one of the directories above it
   * @throws IOException if it cannot be created
   */
  static PrivateDirectory createIn(Path place) throws IOException {
    Path real = place.toRealPath();
    long user = user();
    for (Path each = real; each != null; each = each.getParent()) {
      check(each, user);
    }
    for (int number = 0; number < TRIES; number++) {
      Path directory = real.resolve(PREFIX + (user == UNKNOWN ? "" : user + "-") + number);
      try {
        Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OF_OWNER));
        String name = process() + "-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
        Path named = directory.resolve(name);
        return new PrivateDirectory(directory, Files.createDirectory(named));
      } catch (FileAlreadyExistsException e) {
        if (isLeftOver(directory, user) && isRemoved(directory)) {
          number--; // the same again
        }
      }
    }
    throw new FileAlreadyExistsException(real.resolve(PREFIX) + "...");
  }

  /** A file in it. */
  Path file(String name) {
    return named.resolve(name);
  }

  /** Deletes it with its one file. If that fails, a later start does it. */
  void delete(String file) {
    try {
      Files.deleteIfExists(file(file));
      Files.delete(named);
      Files.delete(numbered);
    } catch (IOException e) {
      isRemoved(numbered);
    }
  }

  /** Others may create files in a directory with the sticky bit, but not rename those of others. */
  private static void check(Path directory, long user) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(directory, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    int uid = (int) Objects.requireNonNull(attributes.get("uid"));
    int mode = (int) Objects.requireNonNull(attributes.get("mode"));
    if (uid != ROOT && uid != user) {
      throw UnsafeException.of(directory + " belongs to user " + Integer.toUnsignedString(uid));
    }
    if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
      throw UnsafeException.of(
          directory + " can be written by others, and has no sticky bit: anybody may rename files");
    }
  }

  private static boolean isLeftOver(Path directory, long user) {
    try {
      FileTime modified = (FileTime) attribute(directory, "lastModifiedTime");
      return (int) attribute(directory, "unix:uid") == user
          && (boolean) attribute(directory, "isDirectory")
          && (System.currentTimeMillis() - modified.toMillis() > LEFT_OVER_MILLIS
              || hasEnded(directory));
    } catch (IOException e) {
      return false; // its owner has come back for it
    }
  }

  /** Whether it names a process of this pid namespace that is not there any more. */
  private static boolean hasEnded(Path directory) throws IOException {
    String process = process();
    String ofThisNamespace = process.substring(0, process.indexOf('-') + 1);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      Iterator<Path> names = all.iterator();
      String name = names.hasNext() ? names.next().getFileName().toString() : "";
      if (names.hasNext() || !name.startsWith(ofThisNamespace)) {
        return false; // it is about to be made, or in another container
      }
      String pid = name.substring(ofThisNamespace.length()).split("-", 2)[0];
      return !pid.isEmpty() && Files.notExists(Path.of("/proc", pid));
    }
  }

  /** The numbers of this pid namespace and of this process, as /proc has them; without it, none. */
  private static String process() {
    try {
      String namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
      return namespace.substring(namespace.indexOf('[') + 1, namespace.length() - 1)
          + "-"
          + Files.readSymbolicLink(Path.of("/proc/self"));
    } catch (IOException e) {
      return "unknown-";
    }
  }

  private static Object attribute(Path file, String name) throws IOException {
    return Objects.requireNonNull(Files.getAttribute(file, name, LinkOption.NOFOLLOW_LINKS));
  }

  private static boolean isRemoved(Path directory) {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) { // the deepest first
        Files.delete(each);
      }
      return true;
    } catch (IOException | UncheckedIOException e) {
      return false; // another process was faster, or it is not what it seems
    }
  }

  /** The user that creates files for this process; unknown without /proc. */
  private static long user() {
    // Classes that the VM has used already: channels and readers of lines take milliseconds at
    // first.
    try (InputStream status = new FileInputStream("/proc/self/status")) {
      String text = new String(status.readAllBytes(), StandardCharsets.ISO_8859_1);
      int line = text.indexOf("\nUid:");
      int end = text.indexOf('\n', line + 1);
      return Integer.parseUnsignedInt(text.substring(text.lastIndexOf('\t', end) + 1, end));
    } catch (IOException | RuntimeException e) {
      return UNKNOWN; // then only what belongs to root is safe
    }
  }

  /** Others can change a directory. */
  static final class UnsafeException extends IOException {
    private static final long serialVersionUID = 1L;

    private UnsafeException(String message) {
      super(message);
    }

    /** Creates it. To verify a caller, the VM need not load this class. */
    static IOException of(String message) {
      return new UnsafeException(message);
    }
  }
}
