package org.sigqueue.jni;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.source.SignalSourceException;

/**
 * Finds and loads {@code libsigqueue.so}, at most once in this class loader:
 *
 * <ol>
 *   <li>If the system property {@value #PATH_PROPERTY} is set, the file that it names, and no
 *       other.
 *   <li>{@code sigqueue} on {@code java.library.path}, where the system may have installed it.
 *   <li>The library in this jar for this architecture. It is extracted to a directory of our own,
 *       and deleted as soon as it is loaded. The directory is made in the first of these places
 *       that nobody else can change, and that lets programs be executed: {@value
 *       #DIRECTORY_PROPERTY}, {@code java.io.tmpdir}, {@code XDG_RUNTIME_DIR}, {@code ~/.cache}.
 * </ol>
 *
 * <p>What is found but is not this library, or another version of it, is refused like what cannot
 * be loaded. A failure is not remembered: the next call tries again.
 */
final class NativeLibrary {
  static final String PATH_PROPERTY = "org.sigqueue.native.path";
  static final String DIRECTORY_PROPERTY = "org.sigqueue.native.dir";

  /** Tells JNI_OnLoad the name of {@link Shim}, which is another one if packages were renamed. */
  private static final String SHIM_PROPERTY = "sigqueue.shim";

  private static final String NAME = "sigqueue";
  private static final String FILE = "libsigqueue.so";

  private static volatile boolean loaded;

  /** Set before {@link #loaded}. */
  private static String origin = "";

  private static List<LoadFailure> passedOver = List.of();

  private final List<LoadFailure> failures = new ArrayList<>();

  /** Where the library is not installed, as usual: no failure unless all else fails. */
  private @Nullable String notInstalled;

  private String found = "";

  private NativeLibrary() {}

  /**
   * Loads the library, unless it is loaded. Any thread; the first call may take some milliseconds.
   *
   * @throws SignalSourceException if that fails; the message tells what was tried and what to do
   */
  static void load() {
    if (!loaded) {
      loadOnce();
    }
  }

  private static synchronized void loadOnce() {
    if (loaded) {
      return;
    }
    NativeLibrary library = new NativeLibrary();
    String named = System.getProperty(PATH_PROPERTY);
    boolean found =
        named != null ? library.loadNamed(named) : library.loadInstalled() || library.loadBundled();
    if (!found) {
      throw library.failure();
    }
    ClassLoader loader = NativeLibrary.class.getClassLoader();
    Shim.introduce(loader, nameOf(loader));
    origin = library.found;
    passedOver = List.copyOf(library.failures);
    loaded = true;
  }

  /** The place that the library was found in, for people. Once it is loaded. */
  static String origin() {
    return loaded ? origin : "";
  }

  /** The places that were tried before that, and the reasons; a line for each. */
  static String passedOver() {
    return loaded ? LoadFailure.lines(passedOver) : "";
  }

  private SignalSourceException failure() {
    if (notInstalled != null) {
      fail(notInstalled, null, new FileNotFoundException(FILE + " is not there"));
      Collections.rotate(failures, 1); // it was tried first
    }
    return LoadFailure.exception(failures);
  }

  private boolean loadNamed(String file) {
    String what = PATH_PROPERTY + " = " + file;
    if (file.isBlank()) {
      return fail(what, null, new FileNotFoundException("the property is set, and empty"));
    }
    return attempt(what, Path.of(file).toAbsolutePath());
  }

  private boolean loadInstalled() {
    String path = System.getProperty("java.library.path", "");
    String what = "java.library.path = " + path;
    // A look is cheaper than an error of the VM. Other class loaders may find it elsewhere.
    if (ClassLoader.getSystemClassLoader().equals(NativeLibrary.class.getClassLoader())
        && !isIn(path.split(File.pathSeparator, -1))) {
      notInstalled = what;
      return false;
    }
    return attempt(what, null);
  }

  private static boolean isIn(String[] directories) {
    for (String directory : directories) {
      if (new File(directory, FILE).exists()) {
        return true;
      }
    }
    return false;
  }

  private boolean loadBundled() {
    String what = "the library in the jar for " + platform();
    try {
      byte[] library = bundled(platform() + "/" + FILE);
      if (library == null) {
        return fail(what, null, new FileNotFoundException("there is none"));
      }
      return extractAndLoad(library);
    } catch (IOException e) {
      return fail(what, null, e);
    }
  }

  /** A resource beside this class; null if there is none. */
  private static byte @Nullable [] bundled(String name) throws IOException {
    byte[] inJar = inJar(NativeLibrary.class.getPackageName().replace('.', '/') + "/" + name);
    if (inJar != null) {
      return inJar;
    }
    try (InputStream library = NativeLibrary.class.getResourceAsStream(name)) {
      return library == null ? null : library.readAllBytes();
    }
  }

  private static byte @Nullable [] inJar(String name) {
    String jar = jar();
    if (jar == null) {
      return null;
    }
    try (ZipFile zip = new ZipFile(jar)) {
      ZipEntry entry = zip.getEntry(name);
      return entry == null ? null : zip.getInputStream(entry).readAllBytes();
    } catch (IOException e) {
      return null; // the class loader may know another way
    }
  }

  /**
   * The jar on the class path that this class is in; null if it came in another way. Reading it as
   * the class loader does costs nothing new, where a connection to a URL takes milliseconds.
   */
  private static @Nullable String jar() {
    CodeSource source = NativeLibrary.class.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    if (location == null || NativeLibrary.class.getModule().isNamed()) {
      return null;
    }
    try {
      String path = location.toURI().getPath(); // a blank is %20 in the URL
      boolean isJar = path != null && path.endsWith(".jar");
      return isJar && location.getProtocol().equals("file") ? path : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private boolean extractAndLoad(byte[] library) {
    return extractAndLoad(library, System.getProperty(DIRECTORY_PROPERTY))
        || extractAndLoad(library, System.getProperty("java.io.tmpdir"))
        || extractAndLoad(library, System.getenv("XDG_RUNTIME_DIR"))
        || extractAndLoad(library, System.getProperty("user.home", "") + "/.cache");
  }

  private boolean extractAndLoad(byte[] library, @Nullable String place) {
    if (place == null || place.isBlank()) {
      return false;
    }
    PrivateDirectory directory = null;
    try {
      directory = PrivateDirectory.createIn(Path.of(place).toAbsolutePath());
      Path file = directory.file(FILE);
      // Of java.io: the VM has used it already, and channels take milliseconds at first.
      try (FileOutputStream to = new FileOutputStream(file.toString())) {
        to.write(library);
      }
      return attempt("the library in the jar, extracted to " + place, file);
    } catch (IOException | RuntimeException e) {
      return fail("extracting the library in the jar to " + place, null, e);
    } finally {
      if (directory != null) {
        directory.delete(FILE); // Linux keeps a mapped file
      }
    }
  }

  /** Loads a file, or the library of the library path, and checks that it is ours. */
  private boolean attempt(String what, @Nullable Path file) {
    try {
      loadAs(Shim.class.getName().replace('.', '/'), file);
      int version = Shim.version();
      if (version == Shim.VERSION) {
        found = what;
        return true;
      }
      return fail(
          what,
          file,
          new IllegalStateException("it is version " + version + ", and not " + Shim.VERSION));
    } catch (LinkageError | RuntimeException e) {
      return fail(what, file, e);
    }
  }

  private static void loadAs(String nameOfShim, @Nullable Path file) {
    synchronized (SHIM_PROPERTY) { // a literal, so it is the same object in all class loaders
      System.setProperty(SHIM_PROPERTY, nameOfShim);
      try {
        if (file == null) {
          System.loadLibrary(NAME);
        } else {
          System.load(file.toString());
        }
      } finally {
        System.clearProperty(SHIM_PROPERTY);
      }
    }
  }

  private boolean fail(String what, @Nullable Path file, Throwable cause) {
    failures.add(LoadFailure.of(what, file, cause));
    return false;
  }

  static String platform() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT)
        + "-"
        + System.getProperty("os.arch");
  }

  /** A class loader for people; its own toString may be pages long. */
  private static String nameOf(@Nullable ClassLoader loader) {
    if (loader == null) {
      return "boot";
    }
    String name = loader.getName();
    return (name == null ? "" : name + ", ")
        + loader.getClass().getName()
        + "@"
        + Integer.toHexString(System.identityHashCode(loader));
  }
}
