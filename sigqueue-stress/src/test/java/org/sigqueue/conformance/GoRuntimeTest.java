package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.Occurrence;
import org.sigqueue.core.OccurrenceRing;
import org.sigqueue.core.Receiver;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.park.ParkingStrategies;
import org.sigqueue.core.source.Disposition;
import org.sigqueue.core.source.SignalSource;

/**
 * The tests of signals in Go's {@code runtime}, {@code os} and {@code cmd/cgo}, with its names:
 * exit statuses, children, threads of other code, handlers of other code, SIGPIPE.
 */
@Timeout(120)
@ExtendWith(LeavesNoTrace.class)
class GoRuntimeTest {
  private static final long PID = ProcessHandle.current().pid();

  private final SignalNotifier signals = SignalNotifier.builder().takeOverIgnored().build();

  @AfterEach
  void close() {
    signals.close();
  }

  // ---- runtime

  /** After Stop, and after Reset, the JVM ends as it does without us. */
  @ParameterizedTest
  @CsvSource({
    "-Xshare:auto, TERM, stop, exited 143", "-Xshare:auto, TERM, reset, exited 143",
    "-Xrs, TERM, stop, signaled 15", "-Xrs, TERM, reset, signaled 15",
    "-Xshare:auto, USR1, stop, signaled 10", "-Xshare:auto, USR1, reset, signaled 10",
  })
  void testSignalExitStatus(String option, String signal, String how, String end) throws Exception {
    Child.Options options = Child.calling(getClass(), "dieAfterDelivery").java(option);
    try (Child child = options.start(signal, how)) {
      assertEquals(end, child.end(), child::errors);
    }
  }

  static void dieAfterDelivery(String[] arguments) throws Exception {
    Signal signal = Signal.of(arguments[0]);
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, signal);
      signals.raise(signal);
      Await.event(channel);
      if (arguments[1].equals("stop")) {
        signals.stop(channel);
      } else {
        signals.reset(signal);
      }
      signals.raise(signal);
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  /** Go issue 12906: what cannot be ignored is refused, and nothing is changed. */
  @Test
  void testSignalIgnoreSigtrap() {
    for (Signal fault : List.of(Signal.TRAP, Signal.SEGV, Signal.BUS, Signal.FPE, Signal.ILL)) {
      Disposition before = signals.source().disposition(fault.number());
      UnsupportedSignalException refusal =
          assertThrows(UnsupportedSignalException.class, () -> signals.ignore(Signal.WINCH, fault));
      assertEquals(Reason.FAULT, refusal.reason());
      assertEquals(fault, refusal.signal());
      assertEquals(before, signals.source().disposition(fault.number()));
      assertFalse(signals.ignored(Signal.WINCH));
    }
  }

  /** No child gets a signal of its parent, or dies of one, and none is lost. */
  @Test
  void testSignalDuringExec() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    long before = signals.stats().accepted(Signal.URG);
    SignalChannel channel = SignalChannel.coalescing();
    signals.register(channel, Signal.URG);
    Thread sender =
        new Thread(() -> {
          while (!done.get()) {
            signals.raise(Signal.URG);
          }
        });
    sender.start();
    for (int i = 0; i < 50; i++) {
      assertEquals(0, Tools.await(new ProcessBuilder("true").start()));
    }
    Await.until("some are accepted", () -> channel.stats().accepted() > 0);
    done.set(true);
    sender.join();
    signals.stop(channel);
    assertEquals(signals.stats().accepted(Signal.URG) - before, channel.stats().accepted());
    channel.close();
  }

  /** A signal for one thread is handled by that thread, as the record of it tells. */
  @Test
  void testSignalM() throws Exception {
    // As an embedder: events do not tell the thread.
    SignalSource source = signals.source();
    SharedBlock block = source.block();
    int number = Signal.USR1.number();
    try (Receiver receiver = block.queue().claim(ParkingStrategies.preferred())) {
      OccurrenceRing ring = new OccurrenceRing(block);
      Occurrence occurrence = new Occurrence();
      block.want(number);
      source.install(number);
      for (String thread : List.of("VM Thread", "Signal Dispatch", "C1 CompilerThre")) {
        long expected = ThreadIds.named(thread).get(0);
        tgkill(expected, Signal.USR1);
        while (!ring.poll(occurrence)) {
          receiver.receiveSet(TimeUnit.SECONDS.toNanos(Tools.DEADLINE_SECONDS));
        }
        assertEquals(number, occurrence.signal);
        assertEquals(expected, occurrence.tid, thread);
      }
      block.unwant(number);
      assertTrue(source.restore(number));
    }
  }

  private static void tgkill(long tid, Signal signal) throws Exception {
    Tools.help("tgkill", PID, tid, signal.number());
  }

  /** The JVM's counterpart of Go's traceback: a dump of all threads, and it lives on. */
  @Test
  void testCrashDumpsAllThreads() throws Exception {
    try (Child child = Child.calling(getClass(), "waitWithSignals").start()) {
      child.expect("ready");
      signals.sending().send(child.pid(), Signal.QUIT);
      child.expectStart("\"sigqueue-dispatcher\"");
      child.expectStart("\"VM Thread\"");
      child.say("end");
      child.expectStart("ended");
      assertEquals("exited 0", child.end());
    }
  }

  static void waitWithSignals(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      System.out.println("ready");
      Child.awaitWord();
      System.out.println("\nended"); // the VM may be in the middle of a line
    }
  }

  /** Children have the masks and dispositions that they have without us. */
  @Test
  void testCgoExecSignalMask() throws Exception {
    Map<String, Long> without = masksOfAChild();
    try (CapturedErrors errors = CapturedErrors.start();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signals.process().receivable());
      errors.await("profilers use SIGVTALRM");
      errors.await("profilers use SIGPROF");
      Map<String, Long> with = masksOfAChild();
      assertEquals(without.get("SigBlk"), with.get("SigBlk"));
      assertEquals(without.get("SigCgt"), with.get("SigCgt"));
      // A process that is notified of a signal does not ignore it, so neither do its children.
      assertEquals(0, with.get("SigIgn") & ~without.get("SigIgn"));
    }
    assertEquals(without, masksOfAChild());
  }

  private Map<String, Long> masksOfAChild() throws Exception {
    Process child = signals.start(new ProcessBuilder(Tools.helper(), "status", "self"));
    String status = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, Tools.await(child), status);
    return Child.masks(status);
  }

  /** And Go issue 3250: a hundred signals on each of ten threads that the JVM does not know. */
  @ParameterizedTest
  @ValueSource(strings = {"threads", "altstack"})
  void testCgoExternalThreadSignal(String what) throws Exception {
    Child.Options options =
        Child.calling(getClass(), "receiveFromThreads").java("-Xcheck:jni").resident(what + " 10");
    try (Child child = options.start()) {
      child.expect("accepted 1000, delivered and merged 1000");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void receiveFromThreads(String[] arguments) throws Exception {
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      signals.register(channel, Signal.USR1);
      Child.loadResident();
      signals.stop(channel);
      System.out.println(
          "accepted "
              + signals.stats().accepted(Signal.USR1)
              + ", delivered and merged "
              + channel.stats().accepted());
    }
  }

  // ---- cgo: handlers of other code

  /** The disposition before Notify is there after Stop or Reset, byte for byte, and works. */
  @ParameterizedTest
  @CsvSource({"USR1, stop", "USR1, reset", "WINCH, stop", "WINCH, reset"})
  void testEarlySignalHandler(String signal, String how) throws Exception {
    Child.Options options =
        Child.calling(getClass(), "giveBackToResident")
            .resident("handler " + Signal.of(signal).number());
    try (Child child = options.start(signal, how)) {
      child.expect("FOREIGN_HANDLER");
      child.expect("resident handler");
      child.say("go on");
      child.expect("received 1");
      child.expect("same: true");
      child.expect("resident handler");
      child.say("go on");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void giveBackToResident(String[] arguments) throws Exception {
    Signal signal = Signal.of(arguments[0]);
    Child.loadResident();
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      Disposition before = signals.source().disposition(signal.number());
      System.out.println(signals.status(signal).kind());
      signals.raise(signal);
      Child.awaitWord();
      signals.register(channel, signal);
      signals.raise(signal);
      System.out.println("received " + Await.event(channel).count());
      if (arguments[1].equals("stop")) {
        signals.stop(channel);
      } else {
        signals.reset(signal);
      }
      System.out.println("same: " + before.equals(signals.source().disposition(signal.number())));
      signals.raise(signal);
      Child.awaitWord();
    }
  }

  /** SEGV and PIPE that others cause stay with the VM; the process lives. */
  @Test
  void testSignalForwarding() throws Exception {
    for (Signal fault : List.of(Signal.SEGV, Signal.BUS, Signal.FPE, Signal.ILL)) {
      try (SignalChannel channel = SignalChannel.coalescing()) {
        UnsupportedSignalException refusal =
            assertThrows(UnsupportedSignalException.class, () -> signals.register(channel, fault));
        assertEquals(Reason.FAULT, refusal.reason());
      }
    }
    try (SignalChannel channel = SignalChannel.coalescing();
        Marker marker = new Marker()) {
      signals.register(channel, Signal.PIPE);
      tgkill(ThreadIds.current(), Signal.PIPE);
      assertEquals(1, Await.event(channel).count());
      signals.stop(channel);
      signals.raise(Signal.PIPE);
      marker.pass();
    }
  }

  // ---- os: SIGPIPE

  /** A broken standard output is an exception for Java and no death, whoever is notified. */
  @ParameterizedTest
  @CsvSource({"0, EPIPE", "1, EPIPE received SIGPIPE"})
  void testStdPipe(String notified, String expected) throws Exception {
    Path errors = Tools.newFile();
    Path result = Tools.newFile();
    List<String> command = new ArrayList<>(List.of(Tools.helper(), "run", result.toString()));
    command.addAll(Child.calling(getClass(), "writeToBrokenPipe").command(notified));
    List<Process> pipeline =
        ProcessBuilder.startPipeline(
            List.of(
                new ProcessBuilder(command).redirectError(errors.toFile()),
                new ProcessBuilder("head", "-n", "1")));
    assertEquals(0, Tools.await(pipeline.get(1)));
    pipeline.get(0).getOutputStream().close(); // now it may write
    assertEquals(0, Tools.await(pipeline.get(0)));
    assertEquals("exited 0\n", Files.readString(result));
    assertEquals(expected + "\n", Files.readString(errors));
  }

  static void writeToBrokenPipe(String[] arguments) throws Exception {
    boolean notified = arguments[0].equals("1");
    try (SignalNotifier signals = SignalNotifier.builder().build();
        SignalChannel channel = SignalChannel.coalescing()) {
      if (notified) {
        signals.register(channel, Signal.PIPE);
      }
      System.in.read(); // until its end
      String outcome = "wrote";
      try (FileOutputStream output = new FileOutputStream(FileDescriptor.out)) {
        output.write(1);
      } catch (IOException e) {
        outcome = "EPIPE";
      }
      outcome += notified ? " received " + Await.event(channel).signal() : "";
      System.err.println(outcome);
    }
  }
}
