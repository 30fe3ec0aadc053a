package org.sigqueue.stress;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of the project and the names in them, for {@link DocsTest}. What stands in comments of
 * Java and C does not count: a comment may be as old as the page that repeats it.
 */
final class SourceTree {
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern TYPE =
      Pattern.compile("\\b(?:class|interface|enum|record)\\s+([A-Z][A-Za-z0-9_]*)");
  private static final Pattern COMMENT =
      Pattern.compile(
          "(\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])+')"
              + "|//[^\n]*|/\\*.*?\\*/",
          Pattern.DOTALL);
  private static final Pattern SOURCE =
      Pattern.compile(
          ".*\\.(java|c|h|go|rs|pml|sh|xml|properties)|Makefile|sigqueue|run|.*Strategy");

  private final Path root;
  private final Map<String, String> code = new TreeMap<>(); // by path, without comments
  private final Set<String> paths = new HashSet<>();
  private final Set<String> names = new HashSet<>(); // of files
  private final Set<String> words = new HashSet<>();
  private final Map<String, String> types = new HashMap<>(); // the code of those that declare them

  SourceTree(Path root) throws IOException {
    this.root = root.toRealPath();
    Files.walkFileTree(
        this.root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = String.valueOf(directory.getFileName());
            if (name.equals("target") || name.equals(".git")) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            paths.add(relative(directory));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            add(file);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private String relative(Path path) {
    return root.relativize(path).toString();
  }

  private void add(Path file) throws IOException {
    String name = file.getFileName().toString();
    paths.add(relative(file));
    names.add(name);
    if (!SOURCE.matcher(name).matches()) {
      return;
    }
    if (name.startsWith("Docs")) { // has the names that it is to find wrong
      types.put(name.replace(".java", ""), "");
      return;
    }
    String text = Files.readString(file, StandardCharsets.UTF_8);
    boolean commented = name.endsWith(".java") || name.endsWith(".c") || name.endsWith(".h");
    String bare = commented ? withoutComments(text) : text;
    code.put(relative(file), bare);
    Matcher word = WORD.matcher(bare);
    while (word.find()) {
      words.add(word.group());
    }
    Matcher type = TYPE.matcher(name.endsWith(".java") ? bare : "");
    while (type.find()) {
      types.merge(type.group(1), bare, (one, other) -> one + other);
    }
  }

  static String withoutComments(String text) {
    return COMMENT.matcher(text).replaceAll(match -> quoted(match.group(1)));
  }

  private static String quoted(String literal) {
    return literal == null ? " " : Matcher.quoteReplacement(literal);
  }

  Path root() {
    return root;
  }

  /** Whether a file or folder has this path, from the root on or from any folder on. */
  boolean hasPath(String path) {
    String clean = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return paths.contains(clean)
        || names.contains(clean)
        || paths.stream().anyMatch(each -> each.endsWith("/" + clean));
  }

  boolean hasWord(String word) {
    return words.contains(word);
  }

  boolean hasType(String simpleName) {
    return types.containsKey(simpleName);
  }

  /** Whether the file that declares a type has this word in its code. */
  boolean hasMember(String simpleName, String member) {
    return Pattern.compile("\\b" + Pattern.quote(member) + "\\b")
        .matcher(types.getOrDefault(simpleName, ""))
        .find();
  }

  /** Whether some file whose path contains this has the text in its code. */
  boolean hasText(String path, String text) {
    return code.entrySet().stream()
        .anyMatch(file -> file.getKey().contains(path) && file.getValue().contains(text));
  }

  /** The code of all Java files, squeezed. */
  String allJava() {
    StringBuilder all = new StringBuilder();
    code.forEach((path, text) -> all.append(path.endsWith(".java") ? squeezed(text) : ""));
    return all.toString();
  }

  /** Code without comments and white space, for comparison. */
  static String squeezed(String text) {
    return withoutComments(text).replaceAll("\\s+", "");
  }
}
