package org.sigqueue.conformance;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The standard error of this process while a test provokes errors: to be asserted, not printed. */
public final class CapturedErrors implements AutoCloseable {
  private final PrintStream before = System.err;
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();

  private CapturedErrors() {
    System.setErr(new PrintStream(text, true, StandardCharsets.UTF_8));
  }

  public static CapturedErrors start() {
    return new CapturedErrors();
  }

  /** Waits for a text: this library logs from a thread of its own. */
  public void await(String expected) {
    Await.until(
        () -> "'" + expected + "' in the log, which is: " + text(), () -> count(expected) > 0);
  }

  /** How many times a text was logged. */
  public int count(String expected) {
    String all = text();
    int count = 0;
    for (int at = all.indexOf(expected); at >= 0; at = all.indexOf(expected, at + 1)) {
      count++;
    }
    return count;
  }

  public String text() {
    return text.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    System.setErr(before);
  }
}
