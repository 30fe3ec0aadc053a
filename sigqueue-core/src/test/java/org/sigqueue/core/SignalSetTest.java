package org.sigqueue.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SignalSetTest {
  @Test
  void holdsTheFirstAndTheLastSignal() {
    SignalSet set = SignalSet.of(64, 1);
    assertTrue(set.contains(1) && set.contains(64));
    assertFalse(set.contains(2) || set.contains(0) || set.contains(65) || set.contains(-63));
    assertEquals(2, set.size());
    assertArrayEquals(new int[] {1, 64}, set.stream().toArray());
    assertEquals("{1, 64}", set.toString());
  }

  @Test
  void neighboursAreTwo() {
    assertArrayEquals(new int[] {2, 3, 10}, SignalSet.of(10, 3, 2).toArray());
  }

  @Test
  void emptySetHasNothing() {
    assertTrue(SignalSet.of().isEmpty());
    assertEquals(SignalSet.EMPTY, SignalSet.of());
    assertEquals("{}", SignalSet.EMPTY.toString());
  }

  @Test
  void unionAndMinus() {
    assertEquals(SignalSet.of(1, 2, 3), SignalSet.of(1, 2).union(SignalSet.of(2, 3)));
    assertEquals(SignalSet.of(1), SignalSet.of(1, 2).minus(SignalSet.of(2, 3)));
  }

  @Test
  void numbersThatAreNoSignalsAreRefused() {
    for (int bad : new int[] {Integer.MIN_VALUE, -1, 0, 65, Integer.MAX_VALUE}) {
      IllegalArgumentException thrown =
          assertThrows(IllegalArgumentException.class, () -> SignalSet.of(10, bad));
      assertTrue(thrown.getMessage().contains("1..64"), thrown.getMessage());
    }
  }

  @Test
  void intersectionHasWhatIsInBoth() {
    assertEquals(SignalSet.of(2, 3), SignalSet.of(1, 2, 3).intersection(SignalSet.of(2, 3, 4)));
    assertEquals(SignalSet.EMPTY, SignalSet.of(1).intersection(SignalSet.of(2)));
  }
}
