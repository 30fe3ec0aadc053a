package org.sigqueue.cli.console;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.util.function.Consumer;

/**
 * A stream of text that is taken line by line; the rest of a line waits for its end. Any thread.
 */
final class LineStream extends OutputStream {
  private final Charset charset;
  private final Consumer<String> lines;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  LineStream(Charset charset, Consumer<String> lines) {
    this.charset = charset;
    this.lines = lines;
  }

  @Override
  public synchronized void write(int b) {
    if (b == '\n') {
      lines.accept(line.toString(charset));
      line.reset();
    } else {
      line.write(b);
    }
  }
}
