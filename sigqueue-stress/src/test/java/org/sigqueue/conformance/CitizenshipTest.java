package org.sigqueue.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalContext;
import org.sigqueue.SignalNotifier;
import org.sigqueue.Signals;

/**
 * The usual work of JVMs, and acts on them from outside, while signals rain on them. Each in a
 * child.
 */
@Timeout(240)
@SuppressWarnings("ThreadPriorityCheck") // two CPUs, and others are to get on
class CitizenshipTest {
  // One that comes after the end, when a sender is slow, does nothing.
  private static final Signal SIGNAL = Signal.URG;

  // ---- Under fire

  // Written only, so that the compiler cannot leave it out.
  static volatile int depth;
  static volatile Object made = "";

  /** Does a deed while two threads send, and then sees whether signals still arrive. */
  static void underFire(String[] arguments) throws Exception {
    AtomicLong received = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    SignalNotifier signals = SignalNotifier.builder().build();
    Registration subscription =
        signals.subscribeInline(event -> received.addAndGet(event.count()), SIGNAL);
    for (int i = 0; i < 2; i++) {
      Thread thread =
          new Thread(() -> {
            while (!done.get()) {
              signals.raise(SIGNAL);
              Thread.yield();
            }
          });
      thread.setDaemon(true);
      thread.start();
    }
    Await.until("it has begun", () -> received.get() > 100);
    Method deed = CitizenshipTest.class.getDeclaredMethod(arguments[0]);
    deed.setAccessible(true);
    deed.invoke(null);
    long before = received.get();
    Await.until("signals still arrive", () -> received.get() > before + 100);
    done.set(true);
    subscription.close();
    assertEquals(received.get(), subscription.stats().accepted());
    System.out.println("done");
    signals.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"overflowStacks", "deoptimize", "loadClasses"})
  void vmWorks(String deed) throws Exception {
    assertSurvives(
        Child.calling(getClass(), "underFire").java("-XX:TieredStopAtLevel=4", "-Xcheck:jni"),
        deed);
  }

  /** To the end of the stack again and again, with signals for this very thread. */
  static void overflowStacks() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger overflows = new AtomicInteger();
    AtomicInteger tid = new AtomicInteger();
    Thread victim =
        new Thread(() -> {
          tid.set((int) ThreadIds.current());
          while (!done.get()) {
            try {
              depth = recurse(1);
            } catch (StackOverflowError e) {
              overflows.incrementAndGet();
            }
          }
        });
    victim.start();
    Await.until("it runs", () -> tid.get() != 0);
    Method tgkill =
        Class.forName("org.sigqueue.jni.Shim")
            .getDeclaredMethod("tgkill", int.class, int.class, int.class);
    tgkill.setAccessible(true);
    int pid = (int) ProcessHandle.current().pid();
    while (overflows.get() < 200) {
      tgkill.invoke(null, pid, tid.get(), SIGNAL.number());
    }
    done.set(true);
    victim.join();
  }

  @SuppressWarnings("InfiniteRecursion") // until the stack is full
  private static int recurse(int level) {
    return recurse(level + 1) + 1;
  }

  /** Calls that the compiler takes for calls of one class, until another comes. */
  static void deoptimize() {
    for (int round = 0; round < 20; round++) {
      int factor = round;
      IntBinaryOperator operator =
          (IntBinaryOperator)
              Proxy.newProxyInstance(
                  CitizenshipTest.class.getClassLoader(),
                  new Class<?>[] {IntBinaryOperator.class},
                  (proxy, method, values) -> (int) values[0] * factor + (int) values[1]);
      List<IntBinaryOperator> operators =
          List.of(operator, (a, b) -> a + b, (a, b) -> a ^ factor, Math::max);
      int result = 0;
      for (int i = 0; i < 20_000; i++) {
        result = operators.get(i / 5_001).applyAsInt(result, i);
      }
      made = result;
    }
  }

  static void loadClasses() throws Exception {
    // A class whose methods name no other class of ours, which that loader does not find.
    URL[] here = {Path.of("target/test-classes").toUri().toURL()};
    for (int round = 0; round < 200; round++) {
      try (URLClassLoader loader = new URLClassLoader(here, ClassLoader.getPlatformClassLoader())) {
        made = loader.loadClass("org.sigqueue.conformance.ThreadIds").getDeclaredMethods();
      }
      if (round % 50 == 0) {
        System.gc();
      }
    }
  }

  @Test
  void virtualThreadsWork() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads");
    assertSurvives(Child.calling(getClass(), "underFire"), "runVirtualThreads");
  }

  static void runVirtualThreads() throws Exception {
    Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
    AtomicInteger ended = new AtomicInteger();
    for (int i = 0; i < 5_000; i++) {
      start.invoke(
          null,
          (Runnable)
              () -> {
                for (int turn = 0; turn < 10; turn++) {
                  Thread.yield();
                }
                ended.incrementAndGet();
              });
    }
    Await.until("all have ended", () -> ended.get() == 5_000);
  }

  @Test
  void cpuTimeSamplingWorks() throws Exception {
    assumeTrue(Runtime.version().feature() >= 25, "no CPU-time sampling");
    Path file = Tools.newFile();
    assertSurvives(
        Child.calling(getClass(), "underFire")
            .java(
                "-XX:StartFlightRecording:jdk.CPUTimeSample#enabled=true,filename=" + file,
                "-XX:TieredStopAtLevel=4"),
        "deoptimize");
    assertTrue(Files.size(file) > 0);
  }

  @Test
  void flightRecorderWorks() throws Exception {
    Path file = Tools.newFile();
    assertSurvives(
        Child.calling(getClass(), "underFire")
            .java("-XX:StartFlightRecording:settings=profile,filename=" + file),
        "loadClasses");
    assertTrue(Files.size(file) > 0);
  }

  @ParameterizedTest
  @CsvSource({"halt, exited 7", "throwUncaught, exited 1"})
  void vmEnds(String deed, String end) throws Exception {
    try (Child child = Child.calling(getClass(), "underFire").start(deed)) {
      assertEquals(end, child.end(), child::errors);
    }
  }

  static void halt() {
    Runtime.getRuntime().halt(7);
  }

  static void throwUncaught() {
    throw new IllegalStateException("uncaught");
  }

  @Test
  void vmWorksAsPid1() throws Exception {
    assumeTrue(
        Tools.await(new ProcessBuilder("unshare", "--pid", "--fork", "true").start()) == 0,
        "may not create pid namespaces");
    // With a /proc of its own: the delivery modes and /proc/thread-self depend on it.
    assertSurvives(
        Child.calling(getClass(), "underFire")
            .under("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"),
        "loadClasses");
  }

  @ParameterizedTest
  @ValueSource(strings = {"strace -f -o /dev/null", "gdb -q -batch -nx --args"})
  void vmWorksTraced(String tracer) throws Exception {
    List<String> command = new ArrayList<>(List.of(tracer.split(" ")));
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, command.get(0)))),
        command.get(0) + " is not installed");
    if (command.get(0).equals("gdb")) {
      command.addAll(
          command.indexOf("--args"),
          List.of(
              "-ex", "set debuginfod enabled off",
              "-ex", "handle all nostop noprint pass",
              "-ex", "run"));
    }
    Child.Options options =
        Child.calling(getClass(), "receiveSome").under(command.toArray(String[]::new));
    try (Child child = options.start()) {
      child.expectStart("received");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  static void receiveSome(String[] arguments) throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing()) {
      Signals.notify(channel, SIGNAL, Signal.rtMin(3));
      for (int i = 0; i < 20; i++) {
        for (Signal signal : List.of(SIGNAL, Signal.rtMin(3))) {
          Signals.raise(signal);
          assertEquals(signal, Await.event(channel).signal());
        }
      }
    }
    System.out.println("\nreceived"); // a debugger may be in the midst of a line
  }

  private static void assertSurvives(Child.Options options, String deed) throws Exception {
    try (Child child = options.start(deed)) {
      child.expectStart("done");
      assertEquals("exited 0", child.end(), child::errors);
      assertTrue(!child.errors().contains("WARNING in native method"), child::errors);
    }
  }

  // ---- Copies

  @Test
  void hundredRedeploymentsLeaveNothing() throws Exception {
    try (Child child = Child.calling(getClass(), "redeploy").start()) {
      child.expectStart("threads same, descriptors same, disposition same");
      child.expectStart("loaders collected");
      child.expectStart("received");
      assertEquals("exited 0", child.end(), child::errors);
    }
  }

  /** In turn copies with class loaders of their own; each notifies, receives and stops. */
  static void redeploy(String[] arguments) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    String before = "";
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int round = 0; round < 100; round++) {
      try (URLClassLoader loader =
          new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
        loaders.add(new WeakReference<>(loader));
        Method work =
            loader.loadClass(CitizenshipTest.class.getName()).getDeclaredMethod("workOnce");
        work.setAccessible(true);
        work.invoke(null);
      }
      if (round == 20) {
        Await.until("idle workers have ended", () -> countThreads() == 0);
        before = footprint();
      }
    }
    System.gc();
    String old = before;
    Await.until("all is as it was", () -> old.equals(footprint()));
    System.out.println("threads same, descriptors same, disposition same");
    Await.until(
        "the loaders are collected",
        () -> {
          System.gc();
          return loaders.stream().allMatch(loader -> loader.get() == null);
        });
    System.out.println("loaders collected");
    receiveSome(arguments);
  }

  /** With the notifier of the process, which nobody can close. */
  static void workOnce() throws Exception {
    try (SignalChannel channel = SignalChannel.coalescing();
        Registration called = Signals.subscribe(event -> made = event, SIGNAL);
        SignalContext context = Signals.notifyContext(SIGNAL)) {
      Signals.notify(channel, SIGNAL);
      Signals.raise(SIGNAL);
      Await.event(channel);
      context.await();
      called.close(Duration.ofMinutes(1));
    }
  }

  private static long countThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("sigqueue"))
        .count();
  }

  private static String footprint() {
    System.gc();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      long caught =
          Child.masks(Files.readString(Path.of("/proc/self/status"))).get("SigCgt")
              & 1L << (SIGNAL.number() - 1);
      long eventFds =
          descriptors
              .filter(descriptor -> {
                try {
                  return Files.readSymbolicLink(descriptor).toString().contains("eventfd");
                } catch (java.io.IOException e) {
                  return false; // that of this very list
                }
              })
              .count();
      return countThreads() + " " + eventFds + " " + caught;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
