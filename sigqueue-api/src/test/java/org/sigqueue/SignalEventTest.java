package org.sigqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.core.Occurrence;
import org.sigqueue.testing.VirtualSignal;
import org.sigqueue.testing.VirtualSignalSource;

/** The contents of an event, and how long they are valid; over a virtual source. */
@Timeout(120)
class SignalEventTest {
  private static final int CHLD = 17;

  private final VirtualSignalSource source = new VirtualSignalSource();
  private final SignalNotifier notifier = SignalNotifier.builder().source(source).build();
  private final SignalChannel channel = SignalChannel.queueing(16);

  @AfterEach
  void close() {
    notifier.close();
  }

  @Test
  void snapshotKeepsWhatAnInlineHandlerSees() throws Exception {
    List<SignalEvent> views = new ArrayList<>();
    List<SignalEvent> kept = new ArrayList<>();
    Registration inline =
        notifier.subscribeInline(
            event -> {
              views.add(event);
              kept.add(event.snapshot());
            },
            Signal.USR1,
            Signal.HUP);
    source.raise(VirtualSignal.of(Signal.USR1).from(4711, 7).value(1L << 40));
    source.raise(Signal.HUP);
    inline.close();
    assertSame(views.get(0), views.get(1), "one object for all");
    assertNotSame(views.get(0), kept.get(0));
    SignalEvent first = kept.get(0);
    assertEquals(Signal.USR1, first.signal());
    assertEquals(0, first.sequence());
    assertEquals(4711, first.sender().orElseThrow().pid());
    assertEquals(OptionalLong.of(1L << 40), first.value());
    assertEquals(Signal.HUP, kept.get(1).signal());
    assertSame(first, first.snapshot());
  }

  @Test
  void valueIsAlsoThereAsTheIntThatSigqueueSends() throws Exception {
    notifier.register(channel, Signal.USR1);
    source.raise(VirtualSignal.of(Signal.USR1).value((7L << 32) - 1)); // the union of sigval
    source.raise(Signal.USR1);
    assertEquals(OptionalInt.of(-1), channel.take().intValue());
    assertEquals(OptionalInt.empty(), channel.take().intValue());
  }

  @Test
  void instantIsThatOfTheRecording() throws Exception {
    notifier.register(channel, Signal.USR1);
    Instant before = Instant.now();
    source.raise(Signal.USR1);
    Instant after = Instant.now();
    SignalEvent event = channel.take();
    // The two clocks may be read at slightly different times, and one may be adjusted.
    Duration slack = Duration.ofSeconds(5);
    assertTrue(event.time().isAfter(before.minus(slack)), event.time() + " " + before);
    assertTrue(event.time().isBefore(after.plus(slack)), event.time() + " " + after);
    assertTrue(System.nanoTime() - event.timeNanos() >= 0);
  }

  /** The codes are those of {@code sigaction(2)}. */
  @Test
  void whatHappenedToAChildIsToldApart() throws Exception {
    notifier.register(channel, Signal.CHLD);
    List<String> told = new ArrayList<>();
    for (int code = 1; code <= 6; code++) {
      Occurrence occurrence = new Occurrence();
      occurrence.signal = CHLD;
      occurrence.code = code;
      occurrence.pid = 4711;
      occurrence.status = code == 1 ? 7 : 15;
      source.raise(occurrence);
      ChildChange change = channel.take().child().orElseThrow();
      assertEquals(4711, change.pid());
      told.add(change.kind() + " " + change);
    }
    assertEquals(6, told.stream().distinct().count(), told::toString);
    assertTrue(told.get(0).startsWith("EXITED") && told.get(0).contains("7"), told.get(0));
    assertTrue(told.get(1).startsWith("KILLED") && told.get(1).contains("SIGTERM"), told.get(1));
    assertTrue(told.get(2).startsWith("DUMPED"), told.get(2));
    assertTrue(told.get(4).startsWith("STOPPED"), told.get(4));
    assertTrue(told.get(5).startsWith("CONTINUED"), told.get(5));
  }

  @Test
  void statsAddUp() {
    assertEquals(
        new DeliveryStats(11, 22, 33),
        new DeliveryStats(1, 2, 3).plus(new DeliveryStats(10, 20, 30)));
    assertEquals(66, new DeliveryStats(11, 22, 33).accepted());
  }

  @Test
  void buffersTellHowTheyKeepEvents() {
    assertTrue(SignalBuffer.coalescing().isCoalescing());
    assertEquals(0, SignalBuffer.coalescing().capacity());
    assertEquals(5, SignalBuffer.queueing(5).capacity());
    assertFalse(SignalBuffer.queueing(5).isCoalescing());
  }

  @Test
  void senderThatIsAliveHasItsNameAndParent() {
    ProcessHandle self = ProcessHandle.current();
    Sender sender = new Sender((int) self.pid(), 0, true, System.nanoTime());
    assertEquals(
        self.parent().map(ProcessHandle::pid).orElse(0L), sender.parentPid().orElseThrow());
    assertFalse(sender.hasEnded());
    assertTrue(sender.commandLine().orElseThrow().contains("java"));
    assertTrue(sender.toString().contains("(" + sender.name().orElseThrow() + ")"));
  }

  /** As the pid of another process by now: it was sent before that one started. */
  @Test
  void senderThatHasEndedHasNoName() {
    int pid = (int) ProcessHandle.current().pid();
    long longAgo = System.nanoTime() - Duration.ofDays(365).toNanos();
    Sender ended = new Sender(pid, 4_294_967_294L, false, longAgo);
    assertTrue(ended.name().isEmpty() && ended.commandLine().isEmpty());
    assertTrue(ended.parentPid().isEmpty());
    assertEquals(4_294_967_294L, ended.uid());
    assertTrue(ended.hasEnded());
    assertEquals("pid " + pid + " (has ended) uid 4294967294 (claimed)", ended.toString());
  }

  @Test
  void kernelVouchesForNobodyWhereItHadNoRoom() throws Exception {
    notifier.register(channel, Signal.USR1);
    source.raise(VirtualSignal.of(Signal.USR1).from(0, 0));
    source.raise(VirtualSignal.of(Signal.USR1).from(0, 7)); // of another pid namespace
    Sender anybody = channel.take().sender().orElseThrow();
    assertFalse(anybody.isVerified());
    assertEquals("pid unknown uid 0 (unverified)", anybody.toString());
    assertTrue(channel.take().sender().orElseThrow().isVerified());
  }

  /**
   * From another pid namespace, or the kernel had no room for it: nothing is known, also no end.
   */
  @Test
  void senderThatIsUnknownHasNotEnded() {
    Sender unknown = new Sender(0, 7, true, System.nanoTime());
    assertFalse(unknown.hasEnded());
    assertTrue(unknown.name().isEmpty());
    assertEquals("pid unknown uid 7", unknown.toString());
  }
}
