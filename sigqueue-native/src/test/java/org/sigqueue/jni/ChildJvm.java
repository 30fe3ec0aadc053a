package org.sigqueue.jni;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, for acts that a test cannot do to the one that it runs in. */
final class ChildJvm {
  private final List<String> options = new ArrayList<>();
  private List<String> under = List.of();
  private final Map<String, String> environment = new HashMap<>();

  /** The output of the JVM, and its exit status; 128 + signal if a signal has ended it. */
  record Result(String output, int status) {}

  ChildJvm option(String option) {
    options.add(option);
    return this;
  }

  ChildJvm property(String name, Object value) {
    return option("-D" + name + "=" + value);
  }

  /** Has a program run the JVM. */
  ChildJvm under(String... command) {
    under = List.of(command);
    return this;
  }

  ChildJvm environment(String name, Object value) {
    environment.put(name, value.toString());
    return this;
  }

  /** Runs a scenario of {@link Scenarios}. */
  Result run(String scenario) throws Exception {
    option("--enable-native-access=ALL-UNNAMED");
    return run("-cp", System.getProperty("java.class.path"), Scenarios.class.getName(), scenario);
  }

  /** Runs a program of the tests. */
  Result program(Class<?> main, String... arguments) throws Exception {
    option("--enable-native-access=ALL-UNNAMED");
    List<String> all = new ArrayList<>();
    all.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(under);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("sigqueue-test", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process child = builder.start();
      if (!child.waitFor(300, TimeUnit.SECONDS)) {
        child.destroyForcibly();
        throw new AssertionError("hangs: " + command);
      }
      return new Result(Files.readString(output, StandardCharsets.UTF_8), child.exitValue());
    } finally {
      Files.delete(output);
    }
  }
}
