package org.sigqueue.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sigqueue.cli.console.Table.Column;

class TableTest {
  private final Table table =
      new Table(
          List.of(
              new Column("name", false, Column.KEPT),
              new Column("way", false, 3),
              new Column("number", true, 1),
              new Column("other", true, 2)));

  TableTest() {
    table.add(List.of("first", "handler", "1", "10000"));
    table.add(List.of("second", "handler", "20", "7"));
  }

  @Test
  void showsAllWhereAllFits() {
    assertEquals(
        List.of(
            "name    way      number  other",
            "first   handler       1  10000",
            "second  handler      20      7"),
        table.lines(30));
  }

  @Test
  void movesAColumnThatSaysTheSameIntoACaptionFirst() {
    assertEquals(
        List.of(
            "name    number  other",
            "first        1  10000",
            "second      20      7",
            "In all rows: way", // the caption fits, too
            "handler."),
        table.lines(21));
  }

  @Test
  void leavesOutTheLeastImportant() {
    List<String> lines = table.lines(15);
    assertEquals("name    other", lines.get(0));
    assertEquals("second      7", lines.get(2));
    assertTrue(String.join(" ", lines).endsWith("Not shown: number."), lines::toString);
  }

  @Test
  void keepsWhatMustBeKept() {
    assertEquals(List.of("name", "first", "second"), table.lines(1).subList(0, 3));
  }

  @Test
  void aRowHasACellForEachColumn() {
    assertThrows(IllegalArgumentException.class, () -> table.add(List.of("third")));
  }
}
