package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.Disposition;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;

/** Checks that a test leaves the disposition of every signal as it was, byte for byte. */
final class LeavesNoTrace implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
  private static final int JDK_IO = 62; // taken by the JDK when it first needs it

  private static final SignalSource SOURCE = source();

  private List<Disposition> before = List.of();

  /** The JDK changes CHLD when it starts its first process: before the tests, please. */
  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    assertEquals(0, Tools.await(new ProcessBuilder("true").start()));
    // And the first signal that is exclusive takes two others for the life of the process.
    try (SignalNotifier notifier = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      notifier.notify(channel, Signal.rtMin(1));
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    before = dispositions();
  }

  @Override
  public void afterEach(ExtensionContext context) {
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

  private static SignalSource source() {
    try (SignalNotifier notifier = SignalNotifier.builder().build()) {
      return notifier.source();
    }
  }
}
