package org.sigqueue.shutdown;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Java agent that answers "who ended my JVM?" for a program that nobody wants to change: it
 * logs each HUP, INT and TERM with its sender, and lets everything go on as it was.
 *
 * <pre>
 * java -javaagent:sigqueue-api.jar ...              HUP, INT and TERM
 * java -javaagent:sigqueue-api.jar=TERM,USR1 ...    these
 * </pre>
 *
 * <p>The jars {@code sigqueue-*}, {@code slf4j-*} and {@code jctools-*} have to be in the folder of
 * the agent's. They are loaded apart from the program, which does not see them, unless the program
 * brings sigqueue along: then they share its copy. Without an SLF4J provider the lines go to
 * standard error. An agent that cannot work says so there, and the program starts without it.
 */
public final class SignalAgent {
  private static final String OBSERVER = "org.sigqueue.shutdown.SignalObserver";
  private static final String ENGINE = "org/sigqueue/core/SignalQueue.class";
  private static final String JARS = "{sigqueue,slf4j,jctools}-*.jar";

  private SignalAgent() {}

  /**
   * Starts to observe; the JVM calls it before {@code main}.
   *
   * @param signals the signals, with commas between; null or empty for HUP, INT and TERM
   */
  public static void premain(@Nullable String signals) {
    try {
      var observe =
          Class.forName(OBSERVER, true, loader()).getDeclaredMethod("observe", String.class);
      observe.setAccessible(true);
      observe.invoke(null, signals == null ? "" : signals);
    } catch (Exception | Error e) { // the program is more important
      Throwable why = e.getCause() == null ? e : e.getCause();
      System.err.println("sigqueue: the agent observes nothing: " + why);
    }
  }

  private static ClassLoader loader() throws IOException, URISyntaxException {
    ClassLoader program = ClassLoader.getSystemClassLoader();
    if (program.getResource(ENGINE) != null) {
      return program;
    }
    Path own =
        Path.of(SignalAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    // Never closed: it lives as long as the JVM.
    return new URLClassLoader(beside(own), ClassLoader.getPlatformClassLoader());
  }

  private static URL[] beside(Path own) throws IOException {
    List<URL> jars = new ArrayList<>(List.of(url(own)));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(own.resolveSibling(""), JARS)) {
      for (Path file : files) {
        jars.add(url(file));
      }
    }
    return jars.toArray(new URL[0]);
  }

  private static URL url(Path file) throws MalformedURLException {
    return file.toUri().toURL();
  }
}
