package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.SignalSendException.Reason;
import org.sigqueue.SignalSending;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.core.SignalQueue;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.SignalSourceException;

/**
 * Each system call of the native library that a sandbox may refuse, refused in turn while signals
 * come: what is accepted is received, what is not takes its previous action, and when the call is
 * allowed again all is as before. The table of what happens then is in docs/verification.md.
 */
@Timeout(600)
class RefusalTest {
  private static final Path PAGE = Path.of("../docs/verification.md");
  private static final Map<Integer, String> ERRORS = Map.of(1, "EPERM", 11, "EAGAIN", 38, "ENOSYS");
  private static final List<String> CALLS =
      List.of(
          "rt_sigaction",
          "rt_sigprocmask",
          "rt_sigtimedwait",
          "rt_tgsigqueueinfo",
          "tgkill",
          "openat",
          "readlinkat",
          "getdents64",
          "eventfd2",
          "ppoll");
  private static final Signal SIGNAL = Signal.USR1;
  private static final Signal OTHER = Signal.URG; // comes by the handler, beside exclusive ones
  private static final int SENT = 10;

  private static final List<String> SENDING_CALLS =
      List.of(
          "kill",
          "rt_sigqueueinfo",
          "tgkill",
          "rt_tgsigqueueinfo",
          "pidfd_open",
          "pidfd_send_signal");

  private enum Way {
    HANDLER,
    EVENTFD,
    EXCLUSIVE
  }

  @Test
  void eachRefusedCallLosesNothingAndTheTableSaysWhatHappens() throws Exception {
    Map<String, Map<String, Set<String>>> cells = new LinkedHashMap<>();
    Set<String> everRefused = new LinkedHashSet<>();
    for (Way way : Way.values()) {
      try (Child child = Child.calling(getClass(), "refuseEachCall").refusing().start(way.name())) {
        for (int cell = 0; cell < CALLS.size() * ERRORS.size(); cell++) {
          String[] told = child.expectStart("cell").split(";", -1);
          Map<String, Set<String>> row =
              cells.computeIfAbsent(told[1], call -> new LinkedHashMap<>());
          row.computeIfAbsent(way + " at first", c -> new LinkedHashSet<>()).add(told[2]);
          row.computeIfAbsent(way + " later", c -> new LinkedHashSet<>()).add(told[3]);
          if (!told[4].equals("0")) {
            everRefused.add(told[1]);
          }
        }
        assertEquals("exited 0", child.end(), child::errors);
      }
    }
    assertEquals(new LinkedHashSet<>(CALLS), everRefused, "calls that were made");
    String table =
        cells.entrySet().stream()
            .map(row ->
                row.getValue().values().stream()
                    .map(cell -> String.join(" or ", cell))
                    .collect(Collectors.joining(" | ", "| " + row.getKey() + " | ", " |")))
            .collect(Collectors.joining("\n"));
    assertTrue(Files.readString(PAGE).contains(table), () -> PAGE + " should have:\n" + table);
  }

  static void refuseEachCall(String[] arguments) throws Exception {
    Way way = Way.valueOf(arguments[0]);
    RefusingKernel.handle(SIGNAL.number());
    RefusingKernel.handle(OTHER.number());
    assertEquals(way == Way.EXCLUSIVE ? "exclusively" : "by handler", undisturbed(way));
    for (String call : CALLS) {
      for (int errno : ERRORS.keySet()) {
        // Has the descriptor that is kept for the next receiver, to the end of this process.
        SignalQueue.create().claim(ParkingStrategies.byName("eventfd"));
        assertTrue(RefusingKernel.refuse(call, errno), call);
        String first = refusedFromTheStart(way);
        long refusals = RefusingKernel.allow();
        undisturbed(way);
        String later = refusedMeanwhile(way, call, errno);
        refusals += RefusingKernel.allow();
        assertEquals(way == Way.EXCLUSIVE ? "exclusively" : "by handler", undisturbed(way), call);
        System.out.println("cell;" + call + ";" + first + ";" + later + ";" + refusals);
      }
    }
  }

  /** A refusal is a typed error, and nothing is sent; else the signal is sent once. */
  @Test
  void eachRefusedCallOfSendingIsATypedErrorOrMadeUpFor() throws Exception {
    List<String> rows = new ArrayList<>();
    try (Child child = Child.calling(getClass(), "refuseEachSending").refusing().start()) {
      for (int row = 0; row < SENDING_CALLS.size(); row++) {
        rows.add(child.expectStart("| "));
      }
      assertEquals("exited 0", child.end(), child::errors);
    }
    String table = String.join("\n", rows);
    assertTrue(Files.readString(PAGE).contains(table), () -> PAGE + " should have:\n" + table);
  }

  static void refuseEachSending(String[] arguments) throws Exception {
    RefusingKernel.handle(SIGNAL.number());
    RefusingKernel.handle(OTHER.number());
    ProcessHandle self = ProcessHandle.current();
    long pid = self.pid();
    long tid = Long.parseLong(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
    SignalSending sending = Signals.process().sending();
    List<Runnable> ways =
        List.of(
            () -> sending.send(pid, SIGNAL),
            () -> sending.send(pid, SIGNAL, 1),
            () -> sending.send(self, SIGNAL),
            () -> sending.send(self, SIGNAL, 1),
            () -> sending.sendToThread(pid, tid, SIGNAL),
            () -> sending.sendToThread(pid, tid, SIGNAL, 1));
    for (String call : SENDING_CALLS) {
      StringBuilder row = new StringBuilder("| " + call);
      for (Runnable way : ways) {
        Set<String> refused = new TreeSet<>();
        for (int errno : ERRORS.keySet()) {
          assertTrue(RefusingKernel.refuse(call, errno), call);
          if (isRefused(way, errno)) {
            refused.add(ERRORS.get(errno));
          }
          RefusingKernel.allow();
        }
        boolean all = refused.size() == ERRORS.size();
        row.append(" | ");
        row.append(all ? "refused" : refused.isEmpty() ? "sent" : "refused if " + refused);
      }
      System.out.println(row + " |");
    }
    assertTrue(RefusingKernel.refuse("kill", 1));
    assertTrue(isRefused(() -> sending.sendToGroup(0, OTHER), 1));
    assertEquals(Optional.of(Reason.NOT_PERMITTED), sending.probe(pid));
  }

  private static boolean isRefused(Runnable way, int errno) {
    long before = RefusingKernel.handled();
    boolean refused = false;
    try {
      way.run();
      Await.until("it arrives", () -> RefusingKernel.handled() == before + 1);
    } catch (SignalSendException e) {
      refused = true;
      assertEquals(reason(errno), e.reason());
      assertFalse(String.valueOf(e.getMessage()).isBlank());
    }
    RefusingKernel.send(OTHER.number());
    long expected = before + (refused ? 1 : 2);
    Await.until("the next arrives", () -> RefusingKernel.handled() >= expected);
    assertEquals(expected, RefusingKernel.handled());
    return refused;
  }

  private static Reason reason(int errno) {
    return switch (ERRORS.getOrDefault(errno, "")) {
      case "EPERM" -> Reason.NOT_PERMITTED;
      case "EAGAIN" -> Reason.QUEUE_FULL;
      default -> Reason.NOT_SUPPORTED_BY_SOURCE;
    };
  }

  private static SignalNotifier notifier(Way way) {
    SignalNotifier.Builder builder = SignalNotifier.builder();
    return switch (way) {
      case HANDLER -> builder.build();
      case EVENTFD -> builder.parking(ParkingStrategies.byName("eventfd")).build();
      case EXCLUSIVE -> builder.exclusive(SIGNAL).build();
    };
  }

  private static String undisturbed(Way way) throws Exception {
    try (SignalNotifier signals = notifier(way);
        SignalChannel channel = SignalChannel.queueing(64)) {
      signals.register(channel, SIGNAL, OTHER);
      String how = how(signals);
      assertEquals(SENT, send(channel));
      signals.stop(channel);
      assertEquals(0, send(channel), "accepted after its end");
      return how;
    }
  }

  private static String how(SignalNotifier signals) {
    return signals.source().exclusive().contains(SIGNAL.number()) ? "exclusively" : "by handler";
  }

  private static String refusedFromTheStart(Way way) throws Exception {
    try (SignalChannel channel = SignalChannel.queueing(64)) {
      SignalNotifier signals;
      try {
        signals = notifier(way);
        signals.register(channel, SIGNAL, OTHER);
      } catch (SignalSourceException | UnsupportedSignalException e) {
        assertFalse(String.valueOf(e.getMessage()).isBlank());
        assertEquals(0, send(channel), "accepted although refused");
        return "refused";
      }
      try (signals) {
        return sendAndStop(signals, channel);
      }
    }
  }

  private static String refusedMeanwhile(Way way, String call, int errno) throws Exception {
    try (SignalNotifier signals = notifier(way);
        SignalChannel channel = SignalChannel.queueing(64)) {
      signals.register(channel, SIGNAL, OTHER);
      assertEquals(SENT, send(channel));
      assertTrue(RefusingKernel.refuse(call, errno));
      return sendAndStop(signals, channel);
    }
  }

  private static String sendAndStop(SignalNotifier signals, SignalChannel channel)
      throws Exception {
    send(channel); // may be what ends a receiver that cannot sleep any more
    String how = send(channel) == 0 ? "previous action" : how(signals);
    signals.stop(channel);
    assertEquals(0, send(channel), "accepted after its end");
    return how;
  }

  /** Sends some, each of which has to be received or to take its previous action. */
  private static long send(SignalChannel channel) throws Exception {
    long accepted = channel.stats().accepted();
    for (int i = 0; i < SENT; i++) {
      long before = channel.stats().accepted() + RefusingKernel.handled();
      RefusingKernel.send((i % 2 == 0 ? SIGNAL : OTHER).number());
      Await.until(
          "a signal arrives",
          () -> channel.stats().accepted() + RefusingKernel.handled() == before + 1);
    }
    long received = channel.stats().accepted() - accepted;
    List<Signal> seen = new ArrayList<>();
    for (long i = 0; i < received; i++) {
      seen.add(Await.event(channel).signal());
    }
    assertEquals(received, seen.size());
    return received;
  }
}
