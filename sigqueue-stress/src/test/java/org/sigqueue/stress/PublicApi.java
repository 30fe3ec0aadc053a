package org.sigqueue.stress;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public and protected members of the packages that a module exports to everybody, as javap
 * prints them: one line for each type and member, the types in order of their names.
 */
final class PublicApi {
  private static final String CLASS_FILE = ".class";

  private PublicApi() {}

  /** The API of the module that contains this class. Class path or module path, folder or jar. */
  static List<String> of(Class<?> anyOfTheModule) {
    try {
      URI location = anyOfTheModule.getProtectionDomain().getCodeSource().getLocation().toURI();
      ModuleReference module =
          ModuleFinder.of(Path.of(location)).findAll().stream().findAny().orElseThrow();
      Set<String> packages =
          module.descriptor().exports().stream()
              .filter(exports -> !exports.isQualified())
              .map(Exports::source)
              .collect(Collectors.toSet());
      try (ModuleReader reader = module.open()) {
        return lines(javap(classFiles(reader, packages)));
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> classFiles(ModuleReader reader, Set<String> packages)
      throws IOException {
    try (Stream<String> resources = reader.list()) {
      return resources
          .filter(name -> name.endsWith(CLASS_FILE) && packages.contains(packageOf(name)))
          .map(name -> find(reader, name))
          .toList();
    }
  }

  private static String packageOf(String resource) {
    return resource.substring(0, Math.max(0, resource.lastIndexOf('/'))).replace('/', '.');
  }

  private static String find(ModuleReader reader, String name) {
    try {
      return reader.find(name).orElseThrow().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String javap(List<String> classFiles) {
    List<String> arguments = new ArrayList<>(List.of("-protected", "-constants"));
    arguments.addAll(classFiles);
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    int status =
        ToolProvider.findFirst("javap")
            .orElseThrow()
            .run(new PrintWriter(out), new PrintWriter(errors), arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IllegalStateException("javap: " + errors);
    }
    return out.toString();
  }

  /** Sorted, because the order in a source file is no part of an API. */
  private static List<String> lines(String javap) {
    Map<String, List<String>> types = new TreeMap<>();
    List<String> members = new ArrayList<>();
    for (String line : javap.lines().toList()) {
      if (line.endsWith("{")) {
        members = new ArrayList<>(List.of(line.substring(0, line.length() - 1).strip()));
        types.put(nameIn(line), members);
      } else if (line.startsWith("  ")) {
        members.add(line);
      }
    }
    List<String> all = new ArrayList<>();
    for (Map.Entry<String, List<String>> type : types.entrySet()) {
      if (isVisible(type.getKey(), types)) {
        List<String> sorted = type.getValue();
        all.add(sorted.get(0));
        sorted.stream().skip(1).sorted().forEach(all::add);
      }
    }
    return all;
  }

  private static String nameIn(String header) {
    return header.replaceFirst(".*?\\b(?:class|interface) ([\\w.$]+).*", "$1");
  }

  private static boolean isVisible(String type, Map<String, List<String>> types) {
    int outer = type.lastIndexOf('$');
    return types.containsKey(type)
        && types.get(type).get(0).startsWith("public ")
        && (outer < 0 || isVisible(type.substring(0, outer), types));
  }

  /** The lines that an API lost, with "- " before them, and then those that it won, with "+ ". */
  static List<String> changes(Collection<String> before, Collection<String> now) {
    Set<String> lost = new TreeSet<>(qualified(before));
    Set<String> won = new TreeSet<>(qualified(now));
    Set<String> kept = new TreeSet<>(lost);
    kept.retainAll(won);
    lost.removeAll(kept);
    won.removeAll(kept);
    List<String> changes = new ArrayList<>();
    lost.forEach(line -> changes.add("- " + line));
    won.forEach(line -> changes.add("+ " + line));
    return changes;
  }

  /** Members with their types, because two types may have the same one. */
  private static List<String> qualified(Collection<String> lines) {
    List<String> qualified = new ArrayList<>();
    String type = "";
    for (String line : lines) {
      if (line.startsWith("  ")) {
        qualified.add(type + ": " + line.strip());
      } else {
        type = nameIn(line + " ");
        qualified.add(line);
      }
    }
    return qualified;
  }
}
