package org.sigqueue.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages name only what exists, and show only code that is compiled. */
class DocsTest {
  private static final Path ROOT = Path.of("..");
  private static final Path FOREIGN = Path.of("src/test/docs-foreign.txt");

  /** A page that says so at its head describes what was. */
  private static final Pattern SUPERSEDED =
      Pattern.compile("^(> Superseded|\\*Changed by) ", Pattern.MULTILINE);

  private static SourceTree tree;
  private static Map<Path, DocsPage> pages;

  @BeforeAll
  static void read() throws IOException {
    tree = new SourceTree(ROOT);
    pages = new TreeMap<>();
    for (Path file : files()) {
      if (!SUPERSEDED.matcher(Files.readString(file)).find()) {
        pages.put(tree.root().relativize(file), DocsPage.read(file));
      }
    }
    assertTrue(pages.size() > 8, () -> "pages: " + pages.keySet());
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String folder : List.of(".", "docs", "docs/adr", "docs/guide", "examples")) {
      try (Stream<Path> all = Files.list(tree.root().resolve(folder).normalize())) {
        all.filter(file -> file.toString().endsWith(".md")).forEach(files::add);
      }
    }
    return files;
  }

  private static DocsNames names() throws IOException {
    return new DocsNames(
        tree,
        Files.readAllLines(FOREIGN).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("# "))
            .collect(Collectors.toSet()));
  }

  @Test
  void namesInCodeFontExist() throws IOException {
    DocsNames names = names();
    List<String> unknown = new ArrayList<>();
    pages.forEach(
        (file, page) -> names.unknown(page).forEach(what -> unknown.add(file + ": " + what)));
    assertEquals("", String.join("\n", unknown));
    assertEquals(Set.of(), new TreeSet<>(names.foreignUnused()), "foreign words in no page");
  }

  @Test
  void linksLeadSomewhere() {
    List<String> broken = new ArrayList<>();
    pages.forEach((file, page) ->
        page.links().stream()
            .filter(link -> !link.contains("://"))
            .filter(link -> !leadsSomewhere(file, link))
            .forEach(link -> broken.add(file + ": " + link)));
    assertEquals("", String.join("\n", broken));
  }

  /** A picture is made by a command, so one that no page shows is a remnant. */
  @Test
  void eachPictureIsOnAPage() throws IOException {
    Set<Path> linked = new TreeSet<>();
    pages.forEach((file, page) ->
        page.links().forEach(link -> linked.add(file.resolveSibling(link).normalize())));
    List<Path> others = pictures();
    assertTrue(others.size() > 8, () -> "pictures: " + others);
    others.removeAll(linked);
    assertEquals(List.of(), others);
  }

  private static List<Path> pictures() throws IOException {
    try (Stream<Path> files = Files.walk(tree.root().resolve("docs"))) {
      return files
          .filter(file -> file.toString().endsWith(".svg"))
          .map(file -> tree.root().relativize(file))
          .collect(Collectors.toCollection(ArrayList::new));
    }
  }

  @Test
  void eachPictureIsDescribed() throws IOException {
    for (Path page : pages.keySet()) {
      assertFalse(Files.readString(tree.root().resolve(page)).contains("![]("), page::toString);
    }
  }

  private static boolean leadsSomewhere(Path from, String link) {
    String[] parts = link.split("#", 2);
    Path to =
        parts[0].isEmpty()
            ? tree.root().resolve(from)
            : tree.root().resolve(from).resolveSibling(parts[0]).normalize();
    if (!Files.exists(to)) {
      return false;
    }
    try {
      return parts.length == 1 || DocsPage.read(to).anchors().contains(parts[1]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void javaThatIsShownIsCompiled() {
    String compiled = tree.allJava();
    List<String> others = new ArrayList<>();
    pages.forEach((file, page) ->
        page.blocks().stream()
            .filter(block -> block.language().equals("java"))
            .filter(block -> !compiled.contains(SourceTree.squeezed(block.text())))
            .forEach(block -> others.add(file + ":\n" + block.text())));
    assertEquals("", String.join("\n", others));
  }

  @Test
  void dependencyThatIsShownHasTheVersionOfThePom() throws IOException {
    String pom = Files.readString(tree.root().resolve("pom.xml"));
    String version = pom.replaceFirst("(?s).*?<version>(.*?)</version>.*", "$1");
    String blocks =
        pages.get(Path.of("README.md")).blocks().stream()
            .filter(block -> List.of("xml", "groovy").contains(block.language()))
            .map(DocsPage.Block::text)
            .collect(Collectors.joining());
    assertTrue(blocks.contains("<version>" + version + "</version>"), blocks);
    assertTrue(blocks.contains("org.sigqueue:sigqueue-api:" + version), blocks);
  }

  @ParameterizedTest
  @CsvSource({
    "`SignalQeue`, no class: SignalQeue",
    "`SignalQueue.sned`, no such member: SignalQueue.sned",
    "`Thread.joyn`, no such member: Thread.joyn",
    "`beginWaitt()`, no word of the sources: beginWaitt",
    "`sq_handle_it`, no word of the sources: sq_handle_it",
    "`sigshim.cc.c`, no file: sigshim.cc.c",
    "`docs/desing.md`, no file: docs/desing.md",
    "`org.sigqueue.cora`, 'no package, property or member: org.sigqueue.cora'",
    "`-Dorg.sigqueue.parkin=futex`, no property: org.sigqueue.parkin",
    "`--exclusively`, no option of anything: --exclusively",
    "`./sigqueue wach`, no such command: wach",
    "`./sigqueue watch --fore 1s`, no option of sigqueue-stress/src: --fore",
    "`./sigqueue syte --look`, no such command: syte",
    "`./sigqueue site --lok`, no option of sigqueue-stress/src: --lok",
    "`./sigqueue verify modles`, no such command: verify modles",
    "`./sigqueue bench latancy`, no such command: bench latancy",
    "`mvn verify -pl sigqueue-cora`, no module: sigqueue-cora",
    "`mvn package -Prelaese`, no profile: relaese",
    "`-Pcros`, no profile: cros",
    "`make -C sigqueue-native/src/main/c chek`, no target: chek",
    "the test SignalQeueTest shows it, no class: SignalQeueTest",
    "sendWhileWaitingWakesReciever shows it, no method: sendWhileWaitingWakesReciever",
  })
  void wrongNameIsFound(String text, String found) throws IOException {
    assertEquals(List.of(found), names().unknown(new DocsPage(text)));
  }

  @Test
  void commandInABlockIsChecked() throws IOException {
    String text =
        "Text:\n\n    ./sigqueue wach TERM   # no such command\n    SIGTERM from nobody\n";
    assertEquals(List.of("no such command: wach"), names().unknown(new DocsPage(text)));
  }

  @Test
  void wrongLinkIsFound() {
    assertTrue(leadsSomewhere(Path.of("docs/design.md"), "../README.md"));
    assertTrue(!leadsSomewhere(Path.of("docs/design.md"), "README.md"));
    assertTrue(!leadsSomewhere(Path.of("README.md"), "docs/design.md#no-such-heading"));
    assertTrue(leadsSomewhere(Path.of("docs/guide/observing.md"), "pictures/jfr-80.svg"));
    assertTrue(!leadsSomewhere(Path.of("docs/guide/observing.md"), "pictures/jfr-81.svg"));
  }

  @Test
  void codeInACommentIsNotCompiled() {
    String java = "a(); // b();\nString c = \"// not a comment\"; /* d();\n e(); */";
    assertEquals("a();Stringc=\"//notacomment\";", SourceTree.squeezed(java));
  }
}
