package org.sigqueue.cli.console;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The output of a command, with the width and the colours of the terminal behind it. Not
 * thread-safe, except {@link #status}.
 */
public final class Console {
  /** The width where none is known. */
  public static final int DEFAULT_WIDTH = 80;

  /** A narrower terminal gets lines of this width, which it wraps. */
  private static final int LEAST_WIDTH = 40;

  private static final String HANGING = "    ";

  /** A way to make text stand out. */
  public enum Style {
    BOLD("1"),
    DIM("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33");

    private final String code;

    Style(String code) {
      this.code = code;
    }
  }

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;
  private final boolean errorTerminal;
  private final boolean coloured;
  private final IntSupplier width;
  private final StatusLine status;

  private Console(
      PrintWriter out,
      PrintWriter err,
      boolean terminal,
      boolean errorTerminal,
      boolean coloured,
      IntSupplier width) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.errorTerminal = errorTerminal;
    this.coloured = coloured;
    this.width = width;
    this.status = new StatusLine(out, terminal, this::width);
  }

  /** The standard output and error of this process. */
  public static Console ofProcess() {
    boolean terminal = Terminal.isStdout();
    return new Console(
        writer(FileDescriptor.out, false),
        writer(FileDescriptor.err, true),
        terminal,
        Terminal.isStderr(),
        terminal && isColourWanted(System.getenv("NO_COLOR"), System.getenv("TERM")),
        terminal ? () -> Terminal.columns().orElseGet(Console::columns) : Console::columns);
  }

  /** In the charset of the locale. */
  private static PrintWriter writer(FileDescriptor stream, boolean flushes) {
    Writer encoder = new OutputStreamWriter(new FileOutputStream(stream), Charset.defaultCharset());
    return new PrintWriter(new BufferedWriter(encoder), flushes);
  }

  /** An output that is not a terminal, in the default width. */
  public static Console of(PrintWriter out, PrintWriter err) {
    return new Console(out, err, false, false, false, () -> DEFAULT_WIDTH);
  }

  /** A terminal of a fixed width. */
  public static Console terminal(PrintWriter out, PrintWriter err, int width, boolean coloured) {
    return new Console(out, err, true, true, coloured, () -> width);
  }

  /** Whether the user wants colours on a terminal: see no-color.org. */
  static boolean isColourWanted(@Nullable String noColor, @Nullable String term) {
    return (noColor == null || noColor.isEmpty()) && !"dumb".equals(term);
  }

  private static int columns() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("[1-9][0-9]{0,4}")
        ? Integer.parseInt(columns)
        : DEFAULT_WIDTH;
  }

  public PrintWriter out() {
    return out;
  }

  public PrintWriter err() {
    return err;
  }

  /** Whether a person is likely to watch: the output is a terminal. */
  public boolean isTerminal() {
    return terminal;
  }

  /** Whether text may be coloured. */
  public boolean isColoured() {
    return coloured;
  }

  /** How many columns a line may have now; asks the terminal, which takes some milliseconds. */
  public int width() {
    return Math.max(LEAST_WIDTH, width.getAsInt());
  }

  /** The line that is rewritten in place; for any thread. */
  public StatusLine status() {
    return status;
  }

  /** Prints a line. */
  public void line(String text) {
    status.clear();
    out.println(text);
    out.flush();
  }

  /** Prints lines over what the terminal shows of a key that was pressed, as {@code ^C}. */
  public void over(List<String> lines) {
    if (terminal) {
      out.print('\r');
    }
    lines.forEach(out::println);
  }

  /** Prints a text in lines that are not longer than the console is wide, broken at blanks. */
  public void paragraph(String indent, String text) {
    wrap(text, width() - indent.length()).forEach(line -> line(indent + line));
  }

  /** Reports a fault in one line, or in several, broken at blanks, on a narrower terminal. */
  public void error(String text) {
    status.clear();
    List<String> lines = errorTerminal ? hanging(text, width()) : List.of(text);
    lines.forEach(err::println);
  }

  /**
   * Has {@link System#err} print as {@link #error} does, on a terminal of this width: the log of
   * the library knows of no width. Does nothing where the standard error is no terminal.
   */
  public void takeStandardError(int width) {
    if (errorTerminal) {
      Charset charset = Charset.defaultCharset();
      LineStream lines =
          new LineStream(charset, line -> hanging(line, width).forEach(err::println));
      System.setErr(new PrintStream(lines, true, charset));
    }
  }

  /** As {@link #wrap}, with all lines but the first indented. */
  public static List<String> hanging(String text, int width) {
    if (text.length() <= width) {
      return List.of(text);
    }
    List<String> lines = wrap(text, width - HANGING.length());
    lines.subList(1, lines.size()).replaceAll(line -> HANGING + line);
    return lines;
  }

  /** The text in this style, if colours are wanted. */
  public String styled(Style style, String text) {
    return coloured ? "\033[" + style.code + "m" + text + "\033[0m" : text;
  }

  /**
   * Breaks a text at blanks, and a word that is longer than a line behind its colons, as lists of
   * paths have them. Each line has the indentation of the text.
   */
  public static List<String> wrap(String text, int width) {
    String indent = text.substring(0, text.length() - text.stripLeading().length());
    int limit = width - indent.length();
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(indent);
    boolean first = true; // in its line
    for (String word : text.strip().split("\\s+", -1)) {
      String blank = " ";
      for (String part : word.length() > limit ? word.split("(?<=:)", -1) : new String[] {word}) {
        if (!first && line.length() + blank.length() + part.length() > width) {
          lines.add(line.toString());
          line.setLength(indent.length());
          first = true;
        }
        line.append(first ? "" : blank).append(part);
        first = false;
        blank = ""; // within a word
      }
    }
    lines.add(line.toString());
    return lines;
  }
}
