package org.sigqueue.cli.console;

import java.io.PrintWriter;
import java.util.function.IntSupplier;

/**
 * A line of a terminal that is rewritten in place; nothing where the output is no terminal. Any
 * thread.
 */
public final class StatusLine {
  private final PrintWriter out;
  private final boolean terminal;
  private final IntSupplier width;
  private int limit; // how many characters fit; asked when the line is new
  private int shown; // how many characters the line has now

  StatusLine(PrintWriter out, boolean terminal, IntSupplier width) {
    this.out = out;
    this.terminal = terminal;
    this.width = width;
  }

  /**
   * Shows this text in place of the one before, without the last of its parts if they do not fit.
   */
  public synchronized void show(String text) {
    if (!terminal) {
      return;
    }
    if (shown == 0) {
      limit = width.getAsInt() - 1; // in the last column the cursor would wrap
    }
    String cut = fitting(text);
    out.print("\r" + cut + " ".repeat(Math.max(0, shown - cut.length())));
    out.flush();
    shown = cut.length();
  }

  /** Cuts at a comma, because half a number is another number. */
  private String fitting(String text) {
    int comma = text.lastIndexOf(", ", limit);
    return text.length() <= limit ? text : text.substring(0, comma < 0 ? limit : comma);
  }

  /** Removes the text, and leaves the cursor at the beginning of the line. */
  public synchronized void clear() {
    if (shown > 0) {
      out.print("\r" + " ".repeat(shown) + "\r");
      out.flush();
      shown = 0;
    }
  }
}
