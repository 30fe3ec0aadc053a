package org.sigqueue.conformance.lifetime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigqueue.DeliveryStats;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.Signals;
import org.sigqueue.conformance.Await;
import org.sigqueue.conformance.Child;
import org.sigqueue.conformance.Tools;
import org.sigqueue.core.source.SignalSourceException;

/**
 * A thread that cannot be started costs the work that needs it at that moment, and nothing later.
 */
@Timeout(240)
class StartTest {
  /**
   * How much address space is left: less than the stack of a thread, more than the VM needs for
   * anything else.
   */
  private static final long LEFT_BYTES = 24L << 20;

  private static Child.Options options(String method) throws Exception {
    assumeTrue(Tools.await(new ProcessBuilder("prlimit", "--version").start()) == 0, "no prlimit");
    return Child.calling(StartTest.class, method).java("-Xss64m", "-Xmx64m", "-Xlog:disable");
  }

  /** Leaves a child no room for the stack of another thread. */
  private static void limitThreads(Child child) throws Exception {
    long pages =
        Long.parseLong(
            Files.readString(Path.of("/proc", String.valueOf(child.pid()), "statm"))
                .split(" ", -1)[0]);
    limitAddressSpace(child, String.valueOf(pages * 4096 + LEFT_BYTES));
  }

  private static void limitAddressSpace(Child child, String limit) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid=" + child.pid(), "--as=" + limit + ":").start();
    assertEquals(0, Tools.await(prlimit));
  }

  @Test
  void registrationThatCannotStartTheDispatcherIsRefusedAndTheNextIsServed() throws Exception {
    try (Child child = options("register").start()) {
      child.expectStart("ready");
      limitThreads(child);
      child.say("register");
      String refusal = child.expectStart("refused: ");
      assertTrue(refusal.contains("the dispatcher cannot be started"), refusal);
      child.expect("installed: false, wanted: {}");
      limitAddressSpace(child, "unlimited");
      child.say("register");
      child.expect("received SIGUSR1");
      child.expect("installed: false, wanted: {}");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void register(String[] arguments) throws Exception {
    SignalChannel warmUp = SignalChannel.coalescing();
    printState(); // and load what that takes
    warmUp.close();
    SignalChannel channel = SignalChannel.coalescing();
    System.out.println("ready");
    Child.awaitWord();
    try {
      Signals.notify(channel, Signal.USR1);
      System.out.println("not refused");
    } catch (SignalSourceException e) {
      System.out.println("refused: " + e.getMessage());
    }
    printState();
    Child.awaitWord();
    Signals.notify(channel, Signal.USR1);
    Signals.raise(Signal.USR1);
    System.out.println("received " + Await.event(channel).signal());
    Signals.stop(channel);
    printState();
  }

  private static void printState() {
    var source = Signals.process().source();
    System.out.println(
        "installed: "
            + source.disposition(Signal.USR1.number()).ours()
            + ", wanted: "
            + source.block().wanted());
  }

  @Test
  void callbackThatGetsNoThreadMissesItsEventAndHandlesTheNext() throws Exception {
    try (Child child = options("subscribe").start()) {
      child.expect("ready");
      limitThreads(child);
      Signals.send(child.pid(), Signal.USR1);
      child.expect("failures 1, dropped 1");
      limitAddressSpace(child, "unlimited");
      child.say("raise");
      child.expect("handled SIGUSR1");
      child.expect("failures 1, dropped 1");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void subscribe(String[] arguments) throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Registration registration =
          Signals.subscribe(event -> System.out.println("handled " + event.signal()), Signal.USR1);
      Signals.notify(channel, Signal.USR1);
      System.out.println("ready");
      Await.event(channel);
      Await.until("it has failed", () -> registration.failures() > 0);
      print(registration);
      Child.awaitWord();
      Signals.raise(Signal.USR1);
      Await.until("it is handled", () -> registration.stats().delivered() == 1);
      registration.close(Duration.ofMinutes(1));
      print(registration);
    }
  }

  /** Its code runs on another thread, if there is one. */
  @Test
  void contextThatGetsNoThreadIsDoneAndCompletesWhenItIsClosed() throws Exception {
    try (Child child = options("context").start()) {
      child.expect("ready");
      limitThreads(child);
      Signals.send(child.pid(), Signal.USR1);
      child.expect("done by SIGUSR1, completed: false");
      child.expect("completed with SIGUSR1");
      child.expect("closed");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void context(String[] arguments) throws Exception {
    SignalContext context = Signals.notifyContext(Signal.USR1);
    var completed =
        context
            .completion()
            .thenAccept(event -> System.out.println("completed with " + event.signal()))
            .toCompletableFuture();
    System.out.println("ready");
    context.await();
    System.out.println(
        "done by " + context.event().orElseThrow().signal() + ", completed: " + completed.isDone());
    context.close();
    Await.until("it is completed", completed::isDone);
    System.out.println("closed");
  }

  private static void print(Registration registration) {
    DeliveryStats stats = registration.stats();
    System.out.println("failures " + registration.failures() + ", dropped " + stats.dropped());
  }
}
