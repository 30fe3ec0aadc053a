package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each example in the Javadoc of the API is one that is compiled. */
class JavadocExamplesTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\n(.*?)\\}</pre>", Pattern.DOTALL);

  @Test
  void examplesAreThoseThatAreCompiled() throws Exception {
    String compiled =
        code(Files.readString(Path.of("src/test/java/org/sigqueue/JavadocExamples.java")));
    Map<String, List<String>> examples = examples();
    examples.forEach((type, all) ->
        all.forEach(
            example -> assertTrue(compiled.contains(example), () -> type + " has\n" + example)));
    assertEquals(
        List.of(
            "GracefulShutdown.java",
            "ServiceManagerShutdown.java",
            "SignalContext.java",
            "Signals.java",
            "StepGroup.java",
            "SystemdNotifier.java",
            "VirtualSignal.java",
            "VirtualSignalSource.java"),
        List.copyOf(examples.keySet()));
  }

  /** By file. */
  private static Map<String, List<String>> examples() throws Exception {
    Map<String, List<String>> examples = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/org/sigqueue"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher matcher = EXAMPLE.matcher(Files.readString(file));
        while (matcher.find()) {
          examples
              .computeIfAbsent(file.getFileName().toString(), name -> new ArrayList<>())
              .add(code(matcher.group(1)));
        }
      }
    }
    return examples;
  }

  /** Without indentation, and without the margin of a comment. */
  private static String code(String text) {
    return text.lines()
        .map(line -> line.strip().replaceFirst("^\\* ?", "").strip())
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
