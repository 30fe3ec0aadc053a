package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigqueue.ChildChange;
import org.sigqueue.ChildChange.Kind;
import org.sigqueue.Sender;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalEvent.Cause;
import org.sigqueue.SignalNotifier;
import org.sigqueue.SignalSendException;
import org.sigqueue.SignalSendException.Reason;

/** The sender of a signal, and sending. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class SendingTest {
  private static final long PID = ProcessHandle.current().pid();

  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();
  private final SignalChannel channel = SignalChannel.queueing(64);

  @AfterEach
  void close() {
    channel.close();
    signals.close();
  }

  // ---- Causes

  @Test
  void killFromAnotherProcess() throws Exception {
    signals.register(channel, Signal.TERM);
    Process sender = new ProcessBuilder("sh", "-c", "kill -TERM " + PID).start();
    SignalEvent event = Await.event(channel);
    assertEquals(0, Tools.await(sender));
    assertEquals(Cause.USER, event.cause());
    assertSentBy(sender.pid(), uid(), true, event);
    assertEquals(OptionalLong.empty(), event.value());
    assertEquals(Optional.empty(), event.child());
    String text =
        "SIGTERM from pid %d( \\(sh\\)| \\(has ended\\))? uid %d".formatted(sender.pid(), uid());
    assertTrue(event.toString().matches(text), event::toString);
  }

  private static void assertSentBy(long pid, long uid, boolean verified, SignalEvent event) {
    Sender sender = event.sender().orElseThrow();
    assertEquals(pid, sender.pid(), event::toString);
    assertEquals(uid, sender.uid(), event::toString);
    assertEquals(verified, sender.isVerified(), event::toString);
  }

  @Test
  void senderThatLivesIsKnownByName() throws Exception {
    signals.register(channel, Signal.TERM);
    Process process =
        new ProcessBuilder("sh", "-c", "kill -TERM " + PID + "; read line", "a name").start();
    SignalEvent event = Await.event(channel);
    Sender sender = event.sender().orElseThrow();
    assertEquals(Optional.of("sh"), sender.name());
    assertEquals(
        Optional.of("sh -c kill -TERM " + PID + "; read line a name"), sender.commandLine());
    assertEquals(OptionalLong.of(PID), sender.parentPid());
    process.getOutputStream().close();
    Tools.await(process);
    // What was read once stays.
    assertEquals("SIGTERM from pid " + process.pid() + " (sh) uid " + uid(), event.toString());
  }

  @Test
  void killFromAnotherUser() throws Exception {
    assumeTrue(uid() == 0, "only root may become another user");
    signals.register(channel, Signal.USR1);
    // As root in another skin: the real user is what the receiver sees, the effective one may send.
    Process sender =
        new ProcessBuilder("setpriv", "--ruid", "65534", "sh", "-p", "-c", "kill -USR1 " + PID)
            .start();
    SignalEvent event = Await.event(channel);
    assertSentBy(sender.pid(), 65534, true, event);
    assertEquals(0, Tools.await(sender));
  }

  @Test
  void sigqueueFromAnotherProcess() throws Exception {
    signals.register(channel, Signal.USR1);
    Process sender = Tools.startHelper("queue", PID, Signal.USR1.number(), 4711, 1);
    SignalEvent event = Await.event(channel);
    assertEquals(Cause.QUEUE, event.cause());
    assertEquals(OptionalLong.of(4711), event.value());
    assertSentBy(sender.pid(), uid(), false, event);
    assertEquals(0, Tools.await(sender));
  }

  @Test
  void tgkillAtOneThread() throws Exception {
    signals.register(channel, Signal.USR1);
    Process sender = Tools.startHelper("tgkill", PID, ThreadIds.current(), Signal.USR1.number());
    SignalEvent event = Await.event(channel);
    assertEquals(Cause.THREAD, event.cause());
    assertSentBy(sender.pid(), uid(), true, event);
    assertEquals(0, Tools.await(sender));
  }

  @ParameterizedTest
  @CsvSource({"timer, TIMER", "messages, MESSAGE_QUEUE"})
  void kernelTellsOfATimerAndOfAMessage(String what, Cause cause) throws Exception {
    Child.Options options =
        Child.calling(getClass(), "receiveFromResident").resident(what + " 10 4711");
    try (Child child = options.start()) {
      child.expect(cause + " " + OptionalLong.of(4711));
      assertEquals("exited 0", child.end());
    }
  }

  static void receiveFromResident(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.queueing(64)) {
      signals.register(channel, Signal.USR1);
      Child.loadResident();
      SignalEvent event = Await.event(channel);
      System.out.println(event.cause() + " " + event.value());
    }
  }

  @Test
  void childThatExits() throws Exception {
    signals.register(channel, Signal.CHLD);
    Process child = new ProcessBuilder("sh", "-c", "exit 7").start();
    SignalEvent event = Await.event(channel);
    assertEquals(Cause.CHILD, event.cause());
    ChildChange change = event.child().orElseThrow();
    assertEquals(new ChildChange((int) child.pid(), uid(), Kind.EXITED, 7), change);
    assertEquals(OptionalInt.of(7), change.exitStatus());
    assertEquals(Optional.empty(), change.signal());
    assertEquals(Optional.empty(), event.sender());
    assertEquals(7, Tools.await(child)); // and the JDK has got it, too
    assertEquals("SIGCHLD: pid " + child.pid() + " exited with 7", event.toString());
  }

  @Test
  void childThatStopsContinuesAndDies() throws Exception {
    signals.register(channel, Signal.CHLD);
    Process child = new ProcessBuilder("sleep", "1000").start();
    int pid = (int) child.pid();
    signals.sending().send(child.toHandle(), Signal.STOP);
    assertEquals(
        new ChildChange(pid, uid(), Kind.STOPPED, Signal.STOP.number()),
        Await.event(channel).child().orElseThrow());
    signals.sending().send(child.toHandle(), Signal.CONT);
    assertEquals(
        new ChildChange(pid, uid(), Kind.CONTINUED, Signal.CONT.number()),
        Await.event(channel).child().orElseThrow());
    signals.sending().send(child.toHandle(), Signal.TERM);
    SignalEvent end = Await.event(channel);
    ChildChange change = end.child().orElseThrow();
    assertEquals(new ChildChange(pid, uid(), Kind.KILLED, Signal.TERM.number()), change);
    assertEquals(Optional.of(Signal.TERM), change.signal());
    assertEquals(OptionalInt.empty(), change.exitStatus());
    assertEquals("SIGCHLD: pid " + pid + " killed by SIGTERM", end.toString());
    assertEquals(128 + Signal.TERM.number(), Tools.await(child));
  }

  /** A fresh JVM: its first process comes after Notify, and resets nothing. */
  @Test
  void firstProcessOfTheJvmKeepsChld() throws Exception {
    try (Child child = Child.calling(getClass(), "receiveChldOfFirstProcess").start()) {
      child.expect("CHILD exited with 3, 3");
      assertEquals("exited 0", child.end());
    }
  }

  static void receiveChldOfFirstProcess(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.queueing(64)) {
      signals.register(channel, Signal.CHLD);
      Process process = new ProcessBuilder("sh", "-c", "exit 3").start();
      int exit = Tools.await(process);
      SignalEvent event = Await.event(channel);
      int status = event.child().orElseThrow().exitStatus().orElseThrow();
      System.out.println(event.cause() + " exited with " + status + ", " + exit);
    }
  }

  // ---- Sending

  @Test
  void raiseIsReceivedFromOneself() throws Exception {
    signals.register(channel, Signal.USR1);
    signals.raise(Signal.USR1);
    SignalEvent event = Await.event(channel);
    assertSentBy(PID, uid(), true, event);
    assertEquals(Cause.USER, event.cause());
  }

  @Test
  void sendByPidAndByHandleWithAndWithoutValue() throws Exception {
    signals.register(channel, Signal.USR1);
    signals.sending().send(PID, Signal.USR1);
    assertEquals(OptionalLong.empty(), Await.event(channel).value());
    signals.sending().send(PID, Signal.USR1, 42);
    assertEquals(OptionalLong.of(42), Await.event(channel).value());
    signals.sending().send(ProcessHandle.current(), Signal.USR1);
    assertEquals(OptionalLong.empty(), Await.event(channel).value());
    signals.sending().send(ProcessHandle.current(), Signal.USR1, -42);
    SignalEvent event = Await.event(channel);
    assertEquals(OptionalLong.of(-42), event.value());
    assertSentBy(PID, uid(), false, event);
  }

  @Test
  void handleOfAProcessThatHasEnded() throws Exception {
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessHandle handle = process.toHandle();
    signals.sending().send(handle, Signal.TERM);
    assertEquals(128 + Signal.TERM.number(), Tools.await(process));
    assertEquals(
        Reason.NO_SUCH_PROCESS, reasonFor(() -> signals.sending().send(handle, Signal.TERM)));
    assertEquals(
        Reason.NO_SUCH_PROCESS, reasonFor(() -> signals.sending().send(handle, Signal.TERM, 1)));
    long none = Integer.MAX_VALUE; // and not this one's number, which may be another's by now
    assertEquals(
        Reason.NO_SUCH_PROCESS, reasonFor(() -> signals.sending().send(none, Signal.TERM)));
  }

  @Test
  void handleWhosePidBelongsToAnotherProcessNow() throws Exception {
    assumeTrue(mayChoosePids(), "this user may not choose pids");
    Process process = new ProcessBuilder("sleep", "1000").start();
    ProcessHandle handle = process.toHandle();
    process.destroy();
    Tools.await(process);
    // A handle knows its process by when it started, which the system tells in ticks of 10 ms.
    long start = System.nanoTime();
    while (System.nanoTime() - start < 30_000_000) {
      Thread.onSpinWait();
    }
    Process other = startWithPid(handle.pid());
    assertEquals(
        Reason.NO_SUCH_PROCESS, reasonFor(() -> signals.sending().send(handle, Signal.TERM)));
    assertEquals(
        Reason.NO_SUCH_PROCESS, reasonFor(() -> signals.sending().send(handle, Signal.TERM, 1)));
    assertTrue(other.isAlive());
    other.destroy();
    Tools.await(other);
  }

  /** Everybody may open the file for writing; to write, a user needs a capability. */
  private static boolean mayChoosePids() {
    Path last = Path.of("/proc/sys/kernel/ns_last_pid");
    try {
      Files.write(last, Files.readAllBytes(last), StandardOpenOption.WRITE);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Others start processes as well, so this may take some tries. */
  private static Process startWithPid(long pid) throws Exception {
    for (int i = 0; i < 1000; i++) {
      Tools.help("last-pid", pid); // this is the next but one for whoever comes first
      Process process = new ProcessBuilder("sleep", "1000").start();
      if (process.pid() == pid) {
        return process;
      }
      process.destroy();
      Tools.await(process);
    }
    assumeTrue(false, "did not get the pid");
    throw new AssertionError();
  }

  @Test
  void processOfAnotherUserMayNotBeSignalled() throws Exception {
    assumeTrue(uid() == 0, "only root may become another user");
    Process other = new ProcessBuilder("setpriv", "--reuid", "65534", "sleep", "1000").start();
    Path status = Path.of("/proc", String.valueOf(other.pid()));
    Await.until(
        "it is another's",
        () -> {
          try {
            return Files.getAttribute(status, "unix:uid").equals(65534);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    // Root, but for the capability to signal everybody.
    Child.Options options =
        Child.calling(getClass(), "signalAnother")
            .under("setpriv", "--inh-caps=-kill", "--bounding-set=-kill");
    try (Child child = options.start(other.pid())) {
      child.expect("NOT_PERMITTED");
      child.expect("NOT_PERMITTED");
      child.expect("NOT_PERMITTED");
      child.expect("NOT_PERMITTED");
      assertEquals("exited 0", child.end());
      assertTrue(other.isAlive());
    } finally {
      other.destroy();
    }
    Tools.await(other);
  }

  static void signalAnother(String[] arguments) {
    long pid = Long.parseLong(arguments[0]);
    ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
    try (SignalNotifier signals = SignalNotifier.builder().build()) {
      System.out.println(reasonFor(() -> signals.sending().send(pid, Signal.TERM)));
      System.out.println(reasonFor(() -> signals.sending().send(handle, Signal.TERM)));
      System.out.println(reasonFor(() -> signals.sending().send(handle, Signal.TERM, 1)));
      System.out.println(signals.sending().probe(pid).orElseThrow());
    }
  }

  @Test
  void pidsThatMeanManyProcessesAreRefused() {
    for (long pid : new long[] {0, -1, -PID, Long.MIN_VALUE, 1L << 32}) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> signals.sending().send(pid, Signal.WINCH));
      assertTrue(refusal.getMessage().contains("process " + pid), refusal.getMessage());
      assertThrows(
          IllegalArgumentException.class, () -> signals.sending().send(pid, Signal.WINCH, 1));
    }
    assertFalse(signals.ignored(Signal.WINCH));
  }

  /** A pipeline that somebody wants to end: its leader alone would leave the others. */
  @Test
  void signalToAGroupReachesAllItsMembers() throws Exception {
    Process leader =
        new ProcessBuilder("setsid", "sh", "-c", "(sleep 1000 & sleep 1000 & wait) & wait").start();
    Await.until("all are there", () -> leader.descendants().count() == 3);
    List<ProcessHandle> members = leader.descendants().toList();
    signals.sending().sendToGroup(leader.pid(), Signal.TERM);
    assertEquals(128 + Signal.TERM.number(), Tools.await(leader));
    for (ProcessHandle member : members) {
      Await.until("the member ends", () -> !member.isAlive());
    }
    assertEquals(
        Reason.NO_SUCH_PROCESS,
        reasonFor(() -> signals.sending().sendToGroup(leader.pid(), Signal.TERM)));
    for (long group : new long[] {-1, 1, Long.MIN_VALUE, 1L << 32}) {
      assertThrows(
          IllegalArgumentException.class, () -> signals.sending().sendToGroup(group, Signal.WINCH));
    }
  }

  /** In a child that leads a group, for the group of these tests has others as well. */
  @Test
  void signalToTheOwnGroupIsReceivedFromOneself() throws Exception {
    try (Child child = Child.calling(getClass(), "signalOwnGroup").start()) {
      child.expect("SIGURG from itself");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void signalOwnGroup(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.queueing(64)) {
      signals.register(channel, Signal.URG);
      signals.sending().sendToGroup(0, Signal.URG);
      SignalEvent event = Await.event(channel);
      boolean own = event.sender().orElseThrow().pid() == PID;
      System.out.println(event.signal() + " from " + (own ? "itself" : "another"));
    }
  }

  @Test
  void sendToOneThreadWithAndWithoutValue() throws Exception {
    signals.register(channel, Signal.USR1);
    signals.sending().sendToThread(PID, ThreadIds.current(), Signal.USR1);
    SignalEvent event = Await.event(channel);
    assertEquals(Cause.THREAD, event.cause());
    assertSentBy(PID, uid(), true, event);
    signals.sending().sendToThread(PID, ThreadIds.current(), Signal.USR1, 42);
    event = Await.event(channel);
    assertEquals(Cause.QUEUE, event.cause());
    assertEquals(OptionalLong.of(42), event.value());
    assertSentBy(PID, uid(), false, event);
    assertEquals(
        Reason.NO_SUCH_PROCESS,
        reasonFor(() -> signals.sending().sendToThread(PID, Integer.MAX_VALUE, Signal.USR1)));
  }

  @Test
  void probeTellsWhetherAProcessIsThere() throws Exception {
    assertEquals(Optional.empty(), signals.sending().probe(PID));
    assertEquals(Optional.of(Reason.NO_SUCH_PROCESS), signals.sending().probe(Integer.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> signals.sending().probe(0));
    // That it may not be signalled is seen in processOfAnotherUserMayNotBeSignalled.
  }

  private static Reason reasonFor(Runnable send) {
    return assertThrows(SignalSendException.class, send::run).reason();
  }

  private static long uid() throws Exception {
    return Integer.toUnsignedLong((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }
}
