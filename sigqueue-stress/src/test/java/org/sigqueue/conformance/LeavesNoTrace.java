package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sigqueue.Signals;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;

/**
 * Checks that a test leaves the disposition of every signal as it was, byte for byte, and no
 * dispatcher.
 */
public final class LeavesNoTrace
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
  private static final int JDK_IO = 62; // taken by the JDK when it first needs it

  private static final SignalSource SOURCE = Signals.process().source();

  private List<Disposition> before = List.of();

  /** The JDK changes CHLD when it starts its first process: do that before the tests. */
  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    assertEquals(0, Tools.await(new ProcessBuilder("true").start()));
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    before = dispositions();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Await.until("the dispatcher ends", () -> JavaThreads.named("sigqueue-dispatcher").isEmpty());
    List<Disposition> after = dispositions();
    for (int i = 0; i < before.size(); i++) {
      if (i + 1 != JDK_IO) {
        assertEquals(before.get(i), after.get(i), "disposition of signal " + (i + 1));
      }
    }
    assertEquals(0, SOURCE.block().inconsistencies());
  }

  private static List<Disposition> dispositions() {
    return IntStream.rangeClosed(SignalSet.MIN, SignalSet.MAX)
        .mapToObj(SOURCE::disposition)
        .toList();
  }
}
