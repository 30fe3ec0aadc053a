package org.sigqueue.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The report as it grows: Markdown, with plots in files beside it. */
final class Document {
  private final Path file;
  private final StringBuilder text = new StringBuilder();

  /** Creates an empty document that will be this file. */
  Document(Path file) {
    this.file = file;
  }

  void heading(String heading) {
    text.append("\n## ").append(heading).append("\n\n");
  }

  void paragraph(String paragraph) {
    text.append(paragraph).append("\n\n");
  }

  void list(List<String> lines) {
    lines.forEach(line -> text.append("- ").append(line).append('\n'));
    text.append('\n');
  }

  void command(String command) {
    text.append("Again: `./sigqueue bench ").append(command).append("`\n\n");
  }

  void table(Table table) {
    text.append(table.markdown()).append('\n');
  }

  /** Writes a plot beside the document and shows it, unless there is nothing in it. */
  void plot(String name, Chart chart) {
    if (chart.isEmpty()) {
      return;
    }
    String directory = stem();
    chart.write(file.resolveSibling(directory).resolve(name + ".svg"));
    text.append(String.format(Locale.ROOT, "![%s](%s/%s.svg)%n%n", name, directory, name));
  }

  void write(String head) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.writeString(file, (head + text).strip() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String stem() {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot < 0 ? name + "-plots" : name.substring(0, dot);
  }
}
