package org.sigqueue.stress;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The check of names that pages show in code font: each class, member, file, option and command
 * exists in the {@link SourceTree}, in the JDK, or is listed as foreign.
 */
final class DocsNames {
  private static final Pattern NAME =
      Pattern.compile("@?[A-Za-z_][A-Za-z0-9_]*(?:(?:\\.|#|::)[A-Za-z_][A-Za-z0-9_]*)*");
  private static final Pattern FILE =
      Pattern.compile("[\\w.*-]+\\.(java|c|h|md|pml|sh|xml|txt|svg|properties)|.*/.*");
  private static final Pattern SYSTEM_PATH = Pattern.compile("(/|~/).*");
  private static final Pattern TEST = Pattern.compile("\\b[A-Z]\\w+Test\\b");
  private static final Pattern METHOD = Pattern.compile("\\b[a-z]+[A-Z]\\w+\\b");
  private static final List<String> JDK =
      List.of(
          "java.lang.",
          "java.lang.invoke.",
          "java.io.",
          "java.util.",
          "java.util.concurrent.",
          "java.util.concurrent.locks.",
          "java.util.function.",
          "java.time.",
          "java.nio.");

  private final SourceTree tree;
  private final Set<String> foreign;
  private final Set<String> foreignUsed = new HashSet<>();

  DocsNames(SourceTree tree, Set<String> foreign) {
    this.tree = tree;
    this.foreign = foreign;
  }

  /** The foreign words that no page has needed. */
  Set<String> foreignUnused() {
    Set<String> unused = new HashSet<>(foreign);
    unused.removeAll(foreignUsed);
    return unused;
  }

  /** The names that a page shows and that do not exist, each with the reason. */
  List<String> unknown(DocsPage page) {
    List<String> unknown = new ArrayList<>();
    page.spans().forEach(span -> check(span, unknown));
    page.words(TEST).forEach(test -> report(tree.hasType(test), "no class", test, unknown));
    page.words(METHOD).stream()
        .filter(method -> !isForeign(method))
        .forEach(method -> report(tree.hasWord(method), "no method", method, unknown));
    for (DocsPage.Block block : page.blocks()) {
      if (block.language().isEmpty() || block.language().equals("sh")) {
        block.text().lines().forEach(line -> checkLine(line, unknown));
      }
    }
    return unknown;
  }

  /** Only commands: what a program prints is shown the same way. */
  private void checkLine(String line, List<String> unknown) {
    String bare = line.replaceFirst(" # .*", "").strip();
    if (isCommand(bare)) {
      checkCommand(bare, unknown);
    }
  }

  private void check(String span, List<String> unknown) {
    if (isForeign(span)) {
      return;
    }
    if (isCommand(span)) {
      checkCommand(span, unknown);
    } else if (span.startsWith("-") && span.length() > 1) {
      Arrays.stream(span.split(" ")).forEach(option -> checkOption(option, "", unknown));
    } else if (SYSTEM_PATH.matcher(span).matches()) {
      return; // of the system, not of the project
    } else if (FILE.matcher(span).matches() && !span.contains(" ")) {
      report(tree.hasPath(span), "no file", span, unknown);
    } else {
      Matcher name = NAME.matcher(span);
      while (name.find()) {
        checkName(name.group(), unknown);
      }
    }
  }

  private boolean isForeign(String word) {
    boolean known = foreign.contains(word);
    if (known) {
      foreignUsed.add(word);
    }
    return known;
  }

  private static void report(boolean exists, String what, String name, List<String> unknown) {
    if (!exists) {
      unknown.add(what + ": " + name);
    }
  }

  // ---- Names

  private void checkName(String name, List<String> unknown) {
    if (isForeign(name) || name.length() == 1) {
      return;
    }
    String[] parts = name.replace("@", "").split("\\.|#|::");
    int type = 0;
    while (type < parts.length && !Character.isUpperCase(parts[type].charAt(0))) {
      type++;
    }
    if (parts.length > 1 && type == parts.length) {
      checkDotted(name, unknown);
    } else if (parts.length > 1) {
      checkQualified(name, parts, type, unknown);
    } else if (isTypeName(parts[0])) {
      report(tree.hasType(parts[0]) || jdk(parts[0]) != null, "no class", name, unknown);
    } else {
      report(tree.hasWord(parts[0]), "no word of the sources", name, unknown);
    }
  }

  private static boolean isTypeName(String word) {
    return word.matches("[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*");
  }

  /** A package, a property, or a call on something whose type the page does not tell. */
  private void checkDotted(String name, List<String> unknown) {
    boolean isOurs = name.startsWith("org.sigqueue");
    String member = name.replaceFirst(".*(\\.|#|::)", "");
    boolean exists =
        isOurs
            ? tree.hasPath("java/" + name.replace('.', '/')) || tree.hasText("", '"' + name + '"')
            : tree.hasWord(member);
    report(exists, "no package, property or member", name, unknown);
  }

  /** A type, with its package before it or not, and members or nested types behind it. */
  private void checkQualified(String name, String[] parts, int at, List<String> unknown) {
    String type = parts[at];
    String packageName = String.join(".", Arrays.copyOf(parts, at));
    Class<?> known = jdk(String.join(".", Arrays.copyOf(parts, at + 1)));
    boolean isOurs = tree.hasType(type) && (at == 0 || packageName.startsWith("org.sigqueue"));
    boolean exists = isOurs || known != null;
    for (int i = at + 1; i < parts.length && exists; i++) {
      exists = (isOurs && tree.hasMember(type, parts[i])) || has(known, parts[i]);
    }
    boolean isEvent = tree.hasText("", '"' + name + '"'); // of Flight Recorder, for example
    report(exists || isEvent, "no such member", name, unknown);
  }

  private static Class<?> jdk(String name) {
    for (String prefix : name.contains(".") ? List.of("") : JDK) {
      try {
        return Class.forName(prefix + name);
      } catch (ClassNotFoundException e) {
        // Maybe in the next package.
      }
    }
    return null;
  }

  private static boolean has(Class<?> type, String member) {
    return type != null
        && (Arrays.stream(type.getMethods()).anyMatch(each -> each.getName().equals(member))
            || Arrays.stream(type.getFields()).anyMatch(each -> each.getName().equals(member)));
  }

  // ---- Commands and options

  private static boolean isCommand(String text) {
    return text.matches("(JAVA_HOME=\\S+ )?(\\./sigqueue|mvn|make|\\.ci/run)( .*)?");
  }

  private void checkCommand(String command, List<String> unknown) {
    List<String> words = new ArrayList<>(List.of(command.split(" +")));
    words.removeIf(word -> word.startsWith("JAVA_HOME=") || word.startsWith("<"));
    switch (words.get(0)) {
      case "mvn" -> checkMaven(words, unknown);
      case "make" -> checkMake(words, unknown);
      case "./sigqueue" -> checkLauncher(words, unknown);
      default -> report(tree.hasPath(words.get(0)), "no file", words.get(0), unknown);
    }
  }

  private void checkLauncher(List<String> words, List<String> unknown) {
    String command = words.size() > 1 ? words.get(1) : "COMMAND";
    if (command.equals("COMMAND") || command.startsWith("-")) {
      return;
    }
    boolean isBench = command.equals("bench");
    boolean isVerify = command.equals("verify");
    String where =
        isBench ? "sigqueue-bench/src/main" : isVerify ? "sigqueue" : "sigqueue-stress/src";
    if (isBench || isVerify) {
      String part = words.size() > 2 ? words.get(2) : "...";
      boolean exists =
          isVerify ? tree.hasText("sigqueue", part + ")") : tree.hasText(where, '"' + part + '"');
      report(part.startsWith(".") || exists, "no such command", command + " " + part, unknown);
      if (part.equals("jmh")) {
        return; // its options are those of JMH
      }
    } else {
      boolean exists =
          tree.hasText("/cli/", "name = \"" + command + '"')
              || isOfStress(command)
              || tree.hasText("sigqueue", "\n  " + command + ")\n");
      report(exists, "no such command", command, unknown);
    }
    for (String word : words) {
      if (word.startsWith("--")) {
        checkOption(word, where, unknown);
      }
    }
  }

  private boolean isOfStress(String command) {
    return tree.hasText("/stress/StressCommand", "name = \"" + command + '"');
  }

  private void checkMaven(List<String> words, List<String> unknown) {
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("-pl")) {
        String module = words.get(++i);
        report(tree.hasPath(module + "/pom.xml"), "no module", module, unknown);
      } else if (word.startsWith("-D") || word.startsWith("-P")) {
        checkOption(word, "", unknown);
      }
    }
  }

  private void checkMake(List<String> words, List<String> unknown) {
    boolean elsewhere = words.size() > 2 && words.get(1).equals("-C");
    String makefile = elsewhere ? words.get(2) + "/Makefile" : "Makefile";
    report(tree.hasPath(makefile), "no file", makefile, unknown);
    for (String target : words.subList(elsewhere ? 3 : 1, words.size())) {
      report(tree.hasText(makefile, "\n" + target + ":"), "no target", target, unknown);
    }
  }

  private void checkOption(String word, String where, List<String> unknown) {
    String option = word.replaceFirst("=.*", "");
    if (isForeign(option) || !option.startsWith("-")) {
      return;
    }
    if (option.startsWith("-P")) {
      String profile = option.substring(2);
      report(tree.hasText("pom.xml", "<id>" + profile + "</id>"), "no profile", profile, unknown);
    } else if (option.startsWith("-D")) {
      String property = option.substring(2);
      boolean exists =
          tree.hasText("", '"' + property + '"') || tree.hasText("pom.xml", "${" + property);
      report(exists, "no property", property, unknown);
    } else if (option.startsWith("--")) {
      boolean exists =
          tree.hasText(where, '"' + option + '"')
              || tree.hasText("sigqueue", option + "]")
              || tree.hasText("sigqueue", "./sigqueue site " + option + " ");
      report(exists, "no option of " + (where.isEmpty() ? "anything" : where), option, unknown);
    } else {
      report(tree.hasText("", '"' + option + '"'), "no option", option, unknown);
    }
  }
}
