package org.sigqueue.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A child on a terminal of its own: the one job of a shell, or the leader of the session. */
public final class TerminalSession implements AutoCloseable {
  private final Process process;
  private final PrintWriter orders;
  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> seen = new ArrayList<>();

  private TerminalSession(String how, List<String> command) throws Exception {
    List<String> all = new ArrayList<>(List.of(Tools.helper(), how));
    all.addAll(command);
    process = new ProcessBuilder(all).redirectErrorStream(true).start();
    orders = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    Thread reader = new Thread(this::read, "terminal-output");
    reader.setDaemon(true);
    reader.start();
  }

  public static TerminalSession of(Child.Options options, Object... arguments) throws Exception {
    return new TerminalSession("terminal", options.command(arguments));
  }

  /** A command that leads the session itself. */
  public static TerminalSession ledBy(String... command) throws Exception {
    return new TerminalSession("session", List.of(command));
  }

  /**
   * Waits for lines that contain these, on the terminal or about the job: two sources, so in any
   * order. Others are skipped.
   */
  public void expect(String... expected) throws Exception {
    List<String> missing = new ArrayList<>(List.of(expected));
    while (!missing.isEmpty()) {
      String line = lines.poll(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError(missing + " did not come; there was " + seen);
      }
      seen.add(line);
      missing.removeIf(line::contains);
    }
  }

  /** Waits for a line that starts so, and returns it; others are skipped. */
  public String expectOne(String prefix) throws Exception {
    while (true) {
      String line = lines.poll(Tools.DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError(prefix + " did not come; there was " + seen);
      }
      seen.add(line);
      int start = line.indexOf(prefix); // behind a prompt, maybe
      if (start >= 0) {
        return line.substring(start);
      }
    }
  }

  /** Sets the size of the window. */
  public void resize(int rows, int columns) {
    orders.println("size " + rows + " " + columns);
  }

  /** Presses a key. */
  public void press(char key) {
    orders.println("key " + (int) key);
  }

  /** Brings the stopped job to the foreground again. */
  public void foreground() {
    orders.println("foreground");
  }

  /** Has the modes printed: {@code modes echo lines}, if they are the usual ones. */
  public void askForModes() {
    orders.println("modes");
  }

  /** Closes the terminal, as one closes its window. */
  public void hangUp() {
    orders.println("hangup");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = reader.readLine()) != null; ) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add(e.toString());
    }
  }
}
