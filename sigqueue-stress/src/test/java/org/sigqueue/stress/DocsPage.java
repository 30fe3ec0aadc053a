package org.sigqueue.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A page in Markdown: its links, its spans in code font, and its blocks of code. */
final class DocsPage {
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern LINK_TARGET = Pattern.compile("\\]\\([^)\\s]+\\)");
  private static final Pattern SPAN = Pattern.compile("`([^`\n]+)`");
  private static final String FENCE = "```";
  private static final String INDENT = "    ";

  /**
   * A block of code.
   *
   * @param language what stands behind the fence; empty for a block that is indented
   */
  record Block(String language, String text) {}

  private final List<Block> blocks = new ArrayList<>();
  private final StringBuilder prose = new StringBuilder();

  DocsPage(String text) {
    StringBuilder block = null;
    String language = "";
    String before = "";
    for (String line : text.split("\n", -1)) {
      boolean isFence = line.strip().startsWith(FENCE);
      boolean isIndented =
          line.startsWith(INDENT) && (before.isBlank() || before.startsWith(INDENT));
      if (isFence && block != null) {
        blocks.add(new Block(language, block.toString()));
        block = null;
      } else if (isFence) {
        block = new StringBuilder();
        language = line.strip().substring(FENCE.length());
      } else if (block != null) {
        block.append(line).append('\n');
      } else if (isIndented) {
        blocks.add(new Block("", line.strip() + "\n"));
      } else {
        prose.append(line).append('\n');
      }
      before = line;
    }
  }

  static DocsPage read(Path file) throws IOException {
    return new DocsPage(Files.readString(file));
  }

  List<Block> blocks() {
    return blocks;
  }

  /** The spans in code font within the text. */
  List<String> spans() {
    return groups(SPAN, prose.toString());
  }

  /** The matches in the text outside of code font and the targets of links. */
  List<String> words(Pattern pattern) {
    String bare = LINK_TARGET.matcher(SPAN.matcher(prose).replaceAll(" ")).replaceAll("]");
    return pattern.matcher(bare).results().map(MatchResult::group).toList();
  }

  List<String> links() {
    return groups(LINK, prose.toString());
  }

  /** The headings, as links name them. */
  List<String> anchors() {
    return prose
        .toString()
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ *", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .toList();
  }

  private static List<String> groups(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }
}
