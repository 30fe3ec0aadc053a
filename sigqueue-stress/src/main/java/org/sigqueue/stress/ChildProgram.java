package org.sigqueue.stress;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The start of a program of this module in a JVM of its own. */
final class ChildProgram {
  private static final int ORPHANED = 4;

  private ChildProgram() {}

  /**
   * Starts a program; its standard error goes to that of this process.
   *
   * @param launcher words before {@code java}; empty for none
   * @param options of the JVM
   */
  static Process start(
      List<String> launcher, List<String> options, Class<?> program, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classesOf(program) + File.pathSeparator + classPath()));
    command.addAll(options);
    command.add(program.getName());
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  /** Has this process end when the process that has started it ends, or closes its input. */
  static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // only the end matters
                }
              } catch (IOException e) {
                // the same as the end
              }
              Runtime.getRuntime().halt(ORPHANED);
            },
            "stress-parent-watch");
    watch.setDaemon(true);
    watch.start();
  }

  /** The folder that has the program, which a patched module does not tell; empty for a jar. */
  private static String classesOf(Class<?> program) throws IOException {
    String file = program.getName().replace('.', '/') + ".class";
    URL url = program.getResource("/" + file);
    if (url == null || !url.getProtocol().equals("file")) {
      return "";
    }
    String path = Path.of(URI.create(url.toString())).toString();
    return path.substring(0, path.length() - file.length() - 1);
  }

  /** What this JVM runs from, as a class path: jars may be in a directory of a module path. */
  private static String classPath() {
    Stream<String> modules = entries("jdk.module.path").map(ChildProgram::classPathEntry);
    return Stream.concat(entries("java.class.path"), modules)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String classPathEntry(String module) {
    boolean holdsJars =
        Files.isDirectory(Path.of(module)) && !Files.exists(Path.of(module, "module-info.class"));
    return holdsJars ? module + File.separator + "*" : module;
  }

  private static Stream<String> entries(String property) {
    return Arrays.stream(System.getProperty(property, "").split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty());
  }
}
