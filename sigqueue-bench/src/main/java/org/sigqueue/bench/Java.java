package org.sigqueue.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts JVMs like this one: same JDK, same class path, and the options that users have. */
final class Java {
  private Java() {}

  /** The command that runs a class. */
  static List<String> command(String mainClass, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(List.of(arguments));
    return List.copyOf(command);
  }

  /** Which JDK it is. */
  static String version() {
    return "JDK " + Runtime.version().feature();
  }
}
