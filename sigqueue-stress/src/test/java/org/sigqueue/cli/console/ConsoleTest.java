package org.sigqueue.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sigqueue.cli.console.Console.Style;

class ConsoleTest {
  private final StringWriter out = new StringWriter();
  private final PrintWriter writer = new PrintWriter(out);

  @Test
  void wrapBreaksAtBlanksOnly() {
    assertEquals(
        List.of("one two", "a-word-that-is-too-long", "three"),
        Console.wrap("one two a-word-that-is-too-long three", 8));
  }

  @Test
  void wrapBreaksListsOfPathsBehindColons() {
    assertEquals(List.of("in", "/one:", "/two:", "/three"), Console.wrap("in /one:/two:/three", 6));
  }

  @Test
  void wrapKeepsTheIndentation() {
    assertEquals(List.of("  one", "  two"), Console.wrap("  one two", 6));
  }

  @Test
  void textThatHangsIsIndentedFromItsSecondLineOn() {
    assertEquals(List.of("one two three"), Console.hanging("one two three", 13));
    assertEquals(List.of("one two", "    three"), Console.hanging("one two three", 12));
    assertEquals(List.of("one", "    one", "    one"), Console.hanging("one one one", 8));
  }

  @Test
  void errorBreaksAtBlanksOnATerminalAlone() {
    String text = "one ".repeat(12).strip();
    Console.terminal(writer, writer, 40, false).error(text);
    Console.of(writer, writer).error(text);
    assertEquals(
        List.of("one ".repeat(9).strip(), "    one one one", text),
        out.toString().lines().toList());
  }

  @Test
  void statusLineIsRewrittenInPlaceAndNeverReachesTheLastColumn() {
    Console console = Console.terminal(writer, writer, 40, false);
    console.status().show("x".repeat(100));
    assertEquals("\r" + "x".repeat(39), out.toString());
    console.status().show("short");
    assertEquals("\r" + "x".repeat(39) + "\rshort" + " ".repeat(34), out.toString());
    console.status().clear();
    assertTrue(out.toString().endsWith("\r" + " ".repeat(5) + "\r"), out.toString());
  }

  @Test
  void statusLineShowsNoHalfOfANumber() {
    Console console = Console.terminal(writer, writer, 40, false);
    String fits = "[1/4] kill-self: 1.0 s, delivered 12345";
    console.status().show(fits);
    console.status().show(fits + "6");
    console.status().show(fits + ", 67/s");
    assertEquals(
        "\r" + fits + "\r[1/4] kill-self: 1.0 s" + " ".repeat(17) + "\r" + fits, out.toString());
  }

  @Test
  void keyThatWasPressedIsWrittenOverOnATerminalAlone() {
    Console.terminal(writer, writer, 80, false).over(List.of("one", "two"));
    Console.of(writer, writer).over(List.of("three"));
    assertEquals(String.join(System.lineSeparator(), "\rone", "two", "three", ""), out.toString());
  }

  @Test
  void standardErrorBreaksAtBlanksOnATerminalAlone() {
    PrintStream before = System.err;
    String text = "one ".repeat(12).strip();
    try {
      Console.of(writer, writer).takeStandardError(40);
      assertSame(before, System.err);
      Console.terminal(writer, writer, 80, false).takeStandardError(40);
      System.err.println(text);
      System.err.print("two ");
      System.err.print("\u00e4");
      assertEquals(
          List.of("one ".repeat(9).strip(), "    one one one"), out.toString().lines().toList());
      System.err.println();
      assertTrue(out.toString().endsWith("two \u00e4" + System.lineSeparator()), out.toString());
    } finally {
      System.setErr(before);
    }
  }

  @Test
  void lineRemovesTheStatusLineBefore() {
    Console console = Console.terminal(writer, writer, 80, false);
    console.status().show("running");
    console.line("done");
    assertTrue(out.toString().endsWith("\r       \rdone" + System.lineSeparator()), out.toString());
  }

  @Test
  void statusLineIsSilentWithoutATerminal() {
    Console console = Console.of(writer, writer);
    console.status().show("running");
    console.status().clear();
    assertEquals("", out.toString());
  }

  @Test
  void coloursAreForThoseWhoWantThem() {
    assertTrue(Console.isColourWanted(null, "xterm"));
    assertTrue(Console.isColourWanted("", "xterm"));
    assertFalse(Console.isColourWanted("1", "xterm"));
    assertFalse(Console.isColourWanted(null, "dumb"));
    assertEquals(
        "\033[31mno\033[0m", Console.terminal(writer, writer, 80, true).styled(Style.RED, "no"));
    assertEquals("no", Console.of(writer, writer).styled(Style.RED, "no"));
  }
}
