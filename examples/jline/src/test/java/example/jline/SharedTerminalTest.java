package example.jline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
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

  private void start(String program) throws IOException {
    String java =
        "exec '%s/bin/java' -cp '%s' %s %s"
            .formatted(
                System.getProperty("java.home"),
                System.getProperty("java.class.path"),
                Prompts.class.getName(),
                program);
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
      assertTrue(next >= 0, () -> "'" + text + "' does not come: " + screen);
      screen.append((char) next);
    }
    String until = screen.substring(read, at + text.length());
    read = at + text.length();
    return until;
  }

  /** Reads on until both have come, in any order. */
  private void expectBoth(String one, String other) throws IOException {
    int from = read;
    expect(one);
    int end = read;
    read = from;
    expect(other);
    read = Math.max(read, end);
  }

  private void press(int key) throws IOException {
    keyboard.write(key);
    keyboard.flush();
  }

  private void kill(String signal) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, "" + pid).start().waitFor());
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
    expectBoth("program SIGWINCH", "reader WINCH");
    kill("CONT");
    expectBoth("program SIGCONT", "reader CONT");
    press(CTRL_C);
    expectBoth("program SIGINT", "reader INT");
    expect("status CATCHABLE.");
    press(CTRL_C);
    expect("program SIGINT"); // of two registrations, and no reader
    expect("program SIGINT");
    expect("second> ");
    kill("WINCH");
    expectBoth("program SIGWINCH", "reader WINCH");
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
