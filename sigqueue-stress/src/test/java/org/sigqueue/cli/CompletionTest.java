package org.sigqueue.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigqueue.cli.console.Console;

/** The script of {@code completion}, in a real bash. */
@Timeout(120)
class CompletionTest {
  @TempDir Path directory;

  @Test
  void completesCommandsOptionsAndNames() throws Exception {
    assertTrue(complete("sigqueue", "wa").contains("watch"));
    assertTrue(complete("sigqueue", "stress", "--sce").contains("--scenario"));
    assertTrue(complete("sigqueue", "stress", "--scenario", "fan").contains("fan-out"));
    assertTrue(complete("sigqueue", "stress", "--delivery", "ex").contains("exclusive"));
    assertTrue(complete("sigqueue", "send", "--signal", "WIN").contains("WINCH"));
  }

  private List<String> complete(String... words) throws Exception {
    StringWriter out = new StringWriter();
    Console console = Console.of(new PrintWriter(out), new PrintWriter(out));
    assertEquals(0, Main.execute(Sources::best, console, "completion"));
    Path script = directory.resolve("completion");
    Files.writeString(script, out.toString());
    String commands =
        "source '"
            + script
            + "'; COMP_WORDS=("
            + String.join(" ", words)
            + "); COMP_CWORD="
            + (words.length - 1)
            + "; _complete_sigqueue; printf '%s\\n' \"${COMPREPLY[@]}\"";
    Process bash = new ProcessBuilder("bash", "-c", commands).redirectErrorStream(true).start();
    String text = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(bash.waitFor(60, TimeUnit.SECONDS));
    return text.lines().map(String::strip).toList();
  }
}
