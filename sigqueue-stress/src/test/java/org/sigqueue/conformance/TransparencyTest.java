package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.core.SignalSet;

/** Effects of exclusive delivery on the rest of the process and on its children. */
@Timeout(240)
@SuppressWarnings("ThreadPriorityCheck") // two CPUs, and others are to get on
class TransparencyTest {
  private static final Signal SIGNAL = Signal.USR1;

  private static SignalNotifier notifier(String how, Signal signal) {
    SignalNotifier.Builder builder = SignalNotifier.builder();
    return (how.equals("exclusive") ? builder.exclusive(signal) : builder).build();
  }

  // ---- Children ----

  static void startChildren(String[] arguments) throws Exception {
    try (SignalNotifier signals = notifier(arguments[0], SIGNAL);
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, SIGNAL);
      System.out.println("usual " + blockedIn(builder().start()));
      System.out.println("clean " + blockedIn(signals.start(builder())));
      System.out.println("own " + blocked(Files.readString(Path.of("/proc/thread-self/status"))));
    }
  }

  private static ProcessBuilder builder() {
    return new ProcessBuilder("cat", "/proc/self/status");
  }

  private static String blockedIn(Process child) throws Exception {
    return blocked(new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  /** Which of the signals that exclusive delivery deals with are blocked. */
  private static String blocked(String status) {
    SignalSet blocked = new SignalSet(Child.masks(status).get("SigBlk"));
    return (blocked.contains(SIGNAL.number()) ? "signal " : "")
        + (blocked.contains(63) || blocked.contains(61) ? "private " : "")
        + ".";
  }

  /**
   * JDK 17 hands the mask of the calling thread on; later ones start children with an empty one.
   */
  @ParameterizedTest
  @CsvSource({
    "POSIX_SPAWN, exclusive, signal .",
    "FORK, exclusive, signal .",
    "VFORK, exclusive, signal .",
    "POSIX_SPAWN, handler, ."
  })
  void childThatTheNotifierStartsInheritsNoMask(String mechanism, String how, String blocked)
      throws Exception {
    try (Child child =
        Child.calling(TransparencyTest.class, "startChildren")
            .java("-Djdk.lang.Process.launchMechanism=" + mechanism)
            .start(how)) {
      boolean inherits = Runtime.version().feature() < 25 || mechanism.equals("VFORK");
      assertEquals("usual " + (inherits ? blocked : "."), child.expectStart("usual "));
      child.expect("clean .");
      child.expect("own " + blocked);
      assertEquals("exited 0", child.end());
    }
  }

  // ---- Signals that are sent to one thread ----

  static void sendToOneThread(String[] arguments) throws Exception {
    try (SignalNotifier signals = notifier(arguments[0], SIGNAL);
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, SIGNAL);
      Tools.help("tgkill", ProcessHandle.current().pid(), ThreadIds.current(), SIGNAL.number());
      Await.until(
          "it is pending here, or accepted",
          () -> isPendingHere() || signals.stats().accepted(SIGNAL) == 1);
      System.out.println("accepted " + signals.stats().accepted(SIGNAL));
      signals.stop(channel);
      System.out.println("at the end " + signals.stats().accepted(SIGNAL));
    }
  }

  private static boolean isPendingHere() {
    try {
      long pending =
          Child.masks(Files.readString(Path.of("/proc/thread-self/status"))).get("SigPnd");
      return new SignalSet(pending).contains(SIGNAL.number());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The price of exclusive delivery: it stays with the thread that it was sent to. */
  @ParameterizedTest
  @CsvSource({"handler, 1", "exclusive, 0"})
  void signalToOneThreadWaitsThereWhileItIsExclusive(String how, int accepted) throws Exception {
    try (Child child = Child.calling(TransparencyTest.class, "sendToOneThread").start(how)) {
      child.expect("accepted " + accepted);
      child.expect("at the end 1");
      assertEquals("exited 0", child.end());
    }
  }

  // ---- The VM at work ----

  private static final Signal FIRE = Signal.URG; // which does nothing after the end

  @SuppressWarnings("UnusedVariable") // written, so that it has to be allocated
  private static volatile byte[] garbage = {};

  static void underFire(String[] arguments) throws Exception {
    AtomicLong received = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    SignalNotifier signals = notifier(arguments[0], FIRE);
    var subscription = signals.subscribeInline(event -> received.incrementAndGet(), FIRE);
    List<Thread> fire = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Thread thread =
          new Thread(() -> {
            while (!done.get()) {
              signals.raise(FIRE);
              Thread.yield();
            }
          });
      thread.setDaemon(true);
      thread.start();
      fire.add(thread);
    }
    System.out.println("ready");
    for (int round = 0; round < 40; round++) {
      garbage = new byte[1 << 20];
      if (round % 8 == 0) {
        System.gc();
      }
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Thread thread = new Thread(() -> {});
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(0, new ProcessBuilder("true").start().waitFor());
    }
    long before = received.get();
    Await.until("signals still arrive", () -> received.get() > before);
    System.out.println("worked");
    System.in.read(); // jcmd is at work
    done.set(true);
    for (Thread thread : fire) {
      thread.join();
    }
    if (arguments[1].equals("exit")) {
      System.exit(3);
    }
    subscription.close();
    signals.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"handler", "exclusive"})
  void vmWorksUnderFireAndEndsByExit(String how) throws Exception {
    assertEquals("exited 3", underFire(how, "exit"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"handler", "exclusive"})
  void vmWorksUnderFireAndEndsWithMain(String how) throws Exception {
    assertEquals("exited 0", underFire(how, "return"));
  }

  private static String underFire(String how, String end) throws Exception {
    try (Child child =
        Child.calling(TransparencyTest.class, "underFire")
            .java("-Xcheck:jni", "-XX:+StartAttachListener")
            .start(how, end)) {
      child.expectStart("ready");
      assertTrue(jcmd(child, "Thread.print").contains("sigqueue-dispatcher"));
      assertTrue(
          jcmd(child, "JFR.start", "duration=5s", "filename=" + Tools.newFile())
              .contains("Started recording"));
      child.expectStart("worked");
      child.say("end");
      String result = child.end();
      assertFalse(child.errors().contains("WARNING in native method"), child.errors());
      return result;
    }
  }

  private static String jcmd(Child child, String... command) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(child.pid())));
    all.addAll(List.of(command));
    Process jcmd = new ProcessBuilder(all).redirectErrorStream(true).start();
    String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, Tools.await(jcmd), output);
    return output;
  }

  // ---- A VM that a program has loaded ----

  static void embedded(String[] arguments) throws Exception {
    for (String how : List.of("handler", "exclusive")) {
      try (SignalNotifier signals = notifier(how, SIGNAL);
          SignalChannel channel = SignalChannel.coalescing()) {
        signals.register(channel, SIGNAL);
        signals.raise(SIGNAL);
        boolean exclusive = signals.status(SIGNAL).exclusive();
        System.out.println(how + " " + exclusive + " " + Await.event(channel).signal());
      }
    }
  }

  /** Its first thread is at work, and not the launcher's. */
  @Test
  void programThatHasLoadedTheVmReceivesBothWays() throws Exception {
    String output = embed("embedded");
    assertTrue(output.contains("handler false SIGUSR1"), output);
    assertTrue(output.contains("exclusive true SIGUSR1"), output);
  }

  static void beginAndEndExclusiveDelivery(String[] arguments) throws Exception {
    for (int round = 0; round < 20; round++) {
      try (SignalNotifier signals = notifier("exclusive", SIGNAL);
          SignalChannel channel = SignalChannel.coalescing()) {
        signals.register(channel, SIGNAL);
        Await.until(
            "all threads but the receiver block it",
            () ->
                ThreadIds.named("sigqueue-dispat")
                    .containsAll(ThreadIds.whereBlocked(SIGNAL.number(), false)));
        signals.raise(SIGNAL);
        assertEquals(SIGNAL, Await.event(channel).signal());
      }
      Await.until(
          "no thread blocks it", () -> ThreadIds.whereBlocked(SIGNAL.number(), true).isEmpty());
    }
    System.out.println("in order");
  }

  @Test
  void threadsThatNativeCodeAttachesMeanwhileFollowTheMask() throws Exception {
    String output = embed("beginAndEndExclusiveDelivery");
    assertTrue(output.contains("in order"), output);
    assertTrue(Pattern.compile("attached [1-9]").matcher(output).find(), output);
  }

  /** Runs a method of this class in a VM that a program has loaded, and returns what it prints. */
  private static String embed(String method) throws Exception {
    Path home = Path.of(System.getProperty("java.home"));
    String program = Tools.embedder();
    List<String> command = new ArrayList<>(List.of(program));
    command.add("-Djava.class.path=" + Child.classPath());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("--", TransparencyTest.class.getName(), method));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", home.resolve("lib/server").toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, Tools.await(process), output);
    return output;
  }
}
