package example.jline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** JLine and a program, on a real terminal: that of script(1). */
class SharedTerminalTest {
  private static final int CTRL_C = 3;

  private final StringBuilder screen = new StringBuilder();
  private int read; // of the screen
  private Process script;
  private Reader output;
  private Writer keyboard;
  private long pid;

  private void start(String mode) throws IOException {
    String java =
        "exec '%s/bin/java' -cp '%s' %s %s"
            .formatted(
                System.getProperty("java.home"),
                System.getProperty("java.class.path"),
                Prompts.class.getName(),
                mode);
    ProcessBuilder builder =
        new ProcessBuilder("script", "-qec", "stty rows 24 cols 80; " + java, "/dev/null")
            .redirectErrorStream(true);
    builder.environment().put("TERM", "xterm");
    builder.environment().put("SHELL", "/bin/sh");
    script = builder.start();
    output = script.inputReader();
    keyboard = script.outputWriter();
    // A read of its output ends with it.
    CompletableFuture.delayedExecutor(3, TimeUnit.MINUTES).execute(script::destroyForcibly);
    expect("pid ");
    pid = Long.parseLong(expect(".").replace(".", ""));
    ProcessHandle program = ProcessHandle.of(pid).orElseThrow();
    CompletableFuture.delayedExecutor(2, TimeUnit.MINUTES).execute(() -> dumpThreads(program));
  }

  @AfterEach
  void end() {
    if (pid != 0) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    script.destroyForcibly();
  }

  /** Reads on until this text has come, in any place after the last one that was expected. */
  private String expect(String text) throws IOException {
    int at;
    while ((at = screen.indexOf(text, read)) < 0) {
      int next = output.read();
      assertTrue(next >= 0, () -> "'" + text + "' does not come: " + inOneLine(screen));
      screen.append((char) next);
    }
    String until = screen.substring(read, at + text.length());
    read = at + text.length();
    return until;
  }

  /** Reads on until all have come, in any order; one that is named twice comes twice. */
  private void expectAll(String... texts) throws IOException {
    int from = read;
    int end = read;
    Map<String, Integer> seen = new HashMap<>();
    for (String text : texts) {
      read = seen.getOrDefault(text, from);
      expect(text);
      seen.put(text, read);
      end = Math.max(end, read);
    }
    read = end;
  }

  private void press(int key) throws IOException {
    keyboard.write(key);
    keyboard.flush();
  }

  /** As a line: a build shows no more of a message. */
  private static String inOneLine(CharSequence screen) {
    return screen.toString().replaceAll("[\\r\\n]+", " | ");
  }

  private void kill(String signal) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, "" + pid).start().waitFor());
  }

  /** To the screen, if it is still there: this is the reason why a text does not come. */
  private static void dumpThreads(ProcessHandle program) {
    try {
      if (program.isAlive()) {
        new ProcessBuilder("kill", "-QUIT", "" + program.pid()).start();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e); // told to nobody: the test fails in any case
    }
  }

  private void expectEnd() throws Exception {
    expect("end");
    assertTrue(script.waitFor(1, TimeUnit.MINUTES), "it ends");
    assertEquals(0, script.exitValue(), screen::toString);
  }

  @Test
  void readerAndProgramReceiveTheSameSignals() throws Exception {
    start("shared");
    expect("first> ");
    kill("WINCH");
    expectAll("program SIGWINCH", "reader WINCH");
    kill("CONT");
    expectAll("program SIGCONT", "reader CONT");
    press(CTRL_C);
    expectAll("program SIGINT", "reader INT");
    expect("status ");
    assertNotEquals("DISPLACED.", expect(".")); // IGNORED_AT_START if a shell started this with &
    press(CTRL_C);
    expectAll("program SIGINT", "program SIGINT", "second> "); // two registrations, and no reader
    kill("WINCH");
    expectAll("program SIGWINCH", "reader WINCH");
    keyboard.write("bye\r");
    keyboard.flush();
    expect("read bye");
    expectEnd();
    assertTrue(screen.indexOf("displaced") < 0, screen::toString);
  }

  @Test
  void signalsThatJLineHasTakenAreTakenBackByRegistering() throws Exception {
    start("alone");
    expect("first> ");
    press(CTRL_C);
    expect("reader INT");
    expect("interrupts 0.");
    expect("status DISPLACED.");
    expect("status CATCHABLE.");
    press(CTRL_C);
    expect("program SIGINT");
    expect("program SIGINT");
    expectEnd();
  }
}
