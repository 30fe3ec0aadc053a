package org.sigqueue.conformance.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Sender;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalEvent;
import org.sigqueue.SignalEvent.Cause;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.LeavesNoTrace;
import org.sigqueue.conformance.Tools;

/** The origin of a signal: vouched for by the kernel, or merely claimed by a process. */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class OriginTest {
  private static final long PID = ProcessHandle.current().pid();
  private static final Signal SIGNAL = Signal.rtMin(2);
  private static final int SI_SIGIO = -5;
  private static final int SI_TKILL = -6;

  private final SignalNotifier signals = SignalNotifier.builder().build();
  private final SignalChannel channel = SignalChannel.queueing(256);

  @AfterEach
  void close() {
    channel.close();
    signals.close();
  }

  private static long uid() throws Exception {
    return Integer.toUnsignedLong((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  /** Codes below zero are those of user space: anybody of the same user may choose one. */
  @ParameterizedTest
  @CsvSource({
    "-1, QUEUE, true, true", // SI_QUEUE: sigqueue
    "-2, TIMER, false, true", // SI_TIMER, which the kernel uses itself
    "-3, MESSAGE_QUEUE, true, true", // SI_MESGQ, too
    "-4, IO, true, true", // SI_ASYNCIO: aio_read of the C library
    "-7, OTHER_PROCESS, true, true",
    "-42, OTHER_PROCESS, true, true",
    "-60, OTHER_PROCESS, true, true", // SI_ASYNCNL: getaddrinfo_a of the C library
    "-2147483648, OTHER_PROCESS, true, true"
  })
  void codesOfUserSpaceHaveASenderThatIsClaimedAndTheirValue(
      int code, Cause cause, boolean hasSender, boolean hasValue) throws Exception {
    signals.register(channel, SIGNAL);
    Process process = Tools.startHelper("send", PID, SIGNAL.number(), code, 7);
    SignalEvent event = Await.event(channel);
    assertEquals(0, Tools.await(process));
    assertEquals(cause, event.cause());
    assertEquals(hasValue ? OptionalLong.of(7) : OptionalLong.empty(), event.value());
    assertEquals(OptionalInt.empty(), event.fd());
    assertEquals(Optional.empty(), event.child());
    assertEquals(hasSender, event.sender().isPresent());
    if (hasSender) {
      Sender sender = event.sender().orElseThrow();
      assertEquals(process.pid(), sender.pid());
      assertEquals(uid(), sender.uid());
      assertFalse(sender.isVerified());
      assertTrue(event.toString().contains("(claimed)"), event::toString);
    }
    assertTrue(event.toString().endsWith(" value 7"), event::toString);
  }

  @Test
  void noCodeOfUserSpaceIsCalledTheKernel() throws Exception {
    signals.register(channel, SIGNAL);
    for (int code = -1; code >= -100; code--) {
      if (code == SI_TKILL) {
        continue; // the kernel lets nobody claim that
      }
      Tools.help("send", PID, SIGNAL.number(), code, 7);
      SignalEvent event = Await.event(channel);
      assertNotEquals(Cause.KERNEL, event.cause(), "code " + code);
      assertNotEquals(Cause.USER, event.cause(), "code " + code);
      assertNotEquals(Cause.THREAD, event.cause(), "code " + code);
      assertNotEquals(Cause.CHILD, event.cause(), "code " + code);
      assertFalse(event.toString().contains("kernel"), event::toString);
      assertFalse(event.sender().map(Sender::isVerified).orElse(false), event::toString);
      // Of SI_SIGIO the kernel would tell in the same way, so it is I/O, which nobody vouches for.
      assertEquals(code == SI_SIGIO, event.fd().isPresent(), "code " + code);
    }
  }

  /**
   * The kernel tells of a descriptor, by the signal for that or by one that was chosen. It may tell
   * of the descriptor's end as well, at some time, by the same signal, whose default action is the
   * end of the process: so in one of its own, which goes on to receive it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readableDescriptorIsTheKernelsWord(boolean chosen) throws Exception {
    try (Child child =
        Child.calling(getClass(), "receiveFromDescriptor").start(String.valueOf(chosen))) {
      child.expect("as expected");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void receiveFromDescriptor(String[] arguments) throws Exception {
    boolean chosen = Boolean.parseBoolean(arguments[0]);
    Signal signal = chosen ? SIGNAL : Signal.IO;
    SignalChannel channel = SignalChannel.queueing(256);
    Signals.notify(channel, signal);
    long pid = ProcessHandle.current().pid();
    String descriptor = Tools.help("io", pid, chosen ? signal.number() : 0).strip();
    SignalEvent event = Await.event(channel);
    if (chosen) {
      assertEquals(Cause.IO, event.cause());
      assertEquals(OptionalInt.of(Integer.parseInt(descriptor)), event.fd());
      assertEquals(signal + " from I/O on descriptor " + descriptor, event.toString());
    } else { // without F_SETSIG it says no more
      assertEquals(Cause.KERNEL, event.cause());
    }
    assertEquals(Optional.empty(), event.sender());
    assertEquals(OptionalLong.empty(), event.value());
    System.out.println("as expected");
  }

  /** The upper half of an int that was sent is what was there before. */
  @Test
  void valueThatIsAnIntIsItsLowerHalf() throws Exception {
    signals.register(channel, SIGNAL);
    Tools.help("send", PID, SIGNAL.number(), -1, 0x7FFF1234_FFFFFFFBL);
    SignalEvent event = Await.event(channel);
    assertEquals(OptionalInt.of(-5), event.intValue());
    assertEquals(OptionalLong.of(0x7FFF1234_FFFFFFFBL), event.value());
  }

  /** As directories in companies, clouds and rootless containers give them. */
  @ParameterizedTest
  @ValueSource(longs = {1_000_660_000L, 2_147_483_648L, 3_846_276_768L, 4_294_967_294L})
  void usersAreUnsigned(long uid) throws Exception {
    String[] asUser = {"setpriv", "--ruid", String.valueOf(uid)};
    assumeTrue(
        Tools.await(
                new ProcessBuilder(asUser[0], asUser[1], asUser[2], "true")
                    .redirectErrorStream(true)
                    .start())
            == 0,
        "may not become user " + uid);
    signals.register(channel, SIGNAL);
    // As root in another skin: the real user is what the receiver sees, the effective one may send.
    Process process =
        new ProcessBuilder(
                asUser[0],
                asUser[1],
                asUser[2],
                Tools.helper(),
                "kill",
                String.valueOf(PID),
                String.valueOf(SIGNAL.number()))
            .start();
    SignalEvent event = Await.event(channel);
    assertEquals(0, Tools.await(process));
    assertEquals(uid, event.sender().orElseThrow().uid());
    assertTrue(event.toString().endsWith(" uid " + uid), event::toString);
  }
}
