package org.sigqueue.jni;

import static org.sigqueue.jni.ExclusiveReceiver.await;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSourceException;

/** The scenarios of {@link HostileTest}, in JVMs of their own; the argument names the method. */
@SuppressWarnings("UnusedMethod") // called by name
public final class HostileScenarios {
  private static final int USR1 = 10;
  private static final int REAL_TIME = 45;
  private static final int OTHER = 46;

  /** Far more than the second that is promised, and less than it took to give up before. */
  private static final long WAY_NANOS = 9_000_000_000L;

  private final ExclusiveReceiver receiver = new ExclusiveReceiver();
  private final NativeSignalSource source = receiver.source;

  private HostileScenarios() {}

  /** Runs a scenario, with another argument if there is one, and prints "done" or what is wrong. */
  @SuppressWarnings("CatchAndPrintStackTrace") // it is read
  public static void main(String[] arguments) {
    HostileScenarios scenarios = new HostileScenarios();
    try {
      if (arguments.length > 1) {
        HostileScenarios.class
            .getDeclaredMethod(arguments[0], String.class)
            .invoke(scenarios, arguments[1]);
      } else {
        HostileScenarios.class.getDeclaredMethod(arguments[0]).invoke(scenarios);
      }
      scenarios.receiver.close();
      System.out.println("done");
      System.exit(0);
    } catch (ReflectiveOperationException | RuntimeException e) {
      e.printStackTrace();
      System.exit(1);
    }
  }

  private static void check(boolean condition, Object... what) {
    if (!condition) {
      throw new AssertionError(List.of(what));
    }
  }

  private static void inTime(Runnable way) {
    long start = System.nanoTime();
    way.run();
    long nanos = System.nanoTime() - start;
    check(nanos < WAY_NANOS, "took", nanos);
  }

  private String refusedAt(int... signals) {
    try {
      inTime(() -> receiver.start(signals));
    } catch (SignalSourceException e) {
      check(source.exclusive().isEmpty(), source.exclusive());
      return e.getMessage();
    }
    throw new AssertionError("not refused");
  }

  private void receives(int... signals) {
    for (int signal : signals) {
      receiver.sendAndReceive(signal);
    }
  }

  private void nobodyBlocks(int... signals) {
    for (int signal : signals) {
      await(() -> Masks.blockersOf(signal) == 0);
    }
  }

  // ---- Threads that do not answer ----

  void leaveWhileAThreadIsStopped() {
    int tid = Hostile.startThread(0);
    receiver.start(REAL_TIME, USR1);
    await(() -> Masks.blocked(tid).contains(USR1));
    int debugger = Hostile.stopThread(tid);
    if (debugger < 0) {
      System.out.println("no debugger");
      return;
    }
    inTime(() -> source.leaveExclusive(SignalSet.of(REAL_TIME)));
    check(source.exclusive().equals(SignalSet.of(USR1)), source.exclusive());
    String trouble = source.trouble();
    check(
        trouble != null && trouble.contains(tid + " (") && trouble.contains("stopped"),
        "" + trouble);
    receives(REAL_TIME, USR1);
    inTime(() -> receiver.stop(REAL_TIME, USR1));
    inTime(() -> receiver.start(REAL_TIME)); // it was told that it is exclusive before it looks
    receives(REAL_TIME);
    inTime(() -> receiver.stop(REAL_TIME));
    Hostile.release(debugger);
    nobodyBlocks(REAL_TIME, USR1);
    receiver.start(REAL_TIME);
    receives(REAL_TIME);
    receiver.stop(REAL_TIME);
    receiver.awaitNoTrouble();
  }

  /** What a new thread blocks before the next way in is its own, although one has not answered. */
  void leaveWhatANewThreadHasBlockedWhileAnotherIsStopped() {
    int tid = Hostile.startThread(0);
    receiver.start(REAL_TIME);
    await(() -> Masks.blocked(tid).contains(REAL_TIME));
    int debugger = Hostile.stopThread(tid);
    if (debugger < 0) {
      System.out.println("no debugger");
      return;
    }
    receiver.stop(REAL_TIME);
    AtomicInteger owner = new AtomicInteger();
    startDaemon(() -> {
      Hostile.block(SignalSet.bit(REAL_TIME));
      owner.set(Shim.gettid());
      LockSupport.park();
    });
    await(() -> owner.get() != 0);
    receiver.start(REAL_TIME);
    receiver.stop(REAL_TIME);
    Hostile.release(debugger);
    await(() -> Masks.blockersOf(REAL_TIME) == 1);
    receiver.awaitNoTrouble();
    check(Masks.blocked(owner.get()).contains(REAL_TIME));
  }

  private static void startDaemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
  }

  void enterWhileAThreadIsStopped() {
    int tid = Hostile.startThread(0);
    int debugger = Hostile.stopThread(tid);
    if (debugger < 0) {
      System.out.println("no debugger");
      return;
    }
    inTime(() -> receiver.start(REAL_TIME));
    receives(REAL_TIME);
    synchronized (receiver.lock()) {
      source.sender().queue(ExclusiveReceiver.PID, REAL_TIME, 1);
      await(receiver::isHeldUp);
      source.sender().queue(ExclusiveReceiver.PID, REAL_TIME, 2); // pending when the thread goes on
      Hostile.release(debugger);
      await(() -> Masks.blocked(tid).contains(REAL_TIME));
    }
    receiver.await(3);
    check(receiver.seen().stream().allMatch(seen -> seen.tid == receiver.tid()), receiver.seen());
    receiver.awaitNoTrouble();
    receiver.stop(REAL_TIME);
    nobodyBlocks(REAL_TIME);
  }

  void threadsThatBlockAllAreToldOnce() {
    Hostile.startThread(Hostile.ALL);
    for (int cycle = 0; cycle < 1_000; cycle++) {
      receiver.start(REAL_TIME);
      receiver.stop(REAL_TIME);
    }
    int left = Hostile.takePending();
    check(left == 0, "left", left);
    receiver.start(OTHER);
    for (int cycle = 0; cycle < 1_000; cycle++) {
      receiver.start(REAL_TIME);
      receiver.stop(REAL_TIME);
    }
    left = Hostile.takePending();
    check(left <= 4, "left", left); // one for each set of signals that changed
    receiver.stop(OTHER);
    left = Hostile.takePending();
    check(left <= 4, "left", left);
    receiver.awaitNoTrouble();
  }

  // ---- Signals that were blocked before ----

  private static Map<Integer, Long> masks(long signals) {
    return Masks.threads()
        .collect(
            Collectors.toMap(
                ThreadLook::tid, look -> look.blocked() & signals, (a, b) -> a, TreeMap::new));
  }

  /** The argument names the signals that the parent has blocked. */
  void leaveWhatTheParentHasBlocked(String parents) {
    int[] blocked = List.of(parents.split(",")).stream().mapToInt(Integer::parseInt).toArray();
    long bits = SignalSet.of(blocked).bits();
    Map<Integer, Long> before = masks(bits);
    check(before.values().stream().allMatch(mask -> mask == bits), before);
    for (int round = 0; round < 3; round++) {
      inTime(() -> receiver.start(REAL_TIME, OTHER));
      receives(REAL_TIME, OTHER);
      inTime(() -> receiver.stop(REAL_TIME, OTHER));
      receiver.awaitNothingReserved();
      receiver.awaitNoTrouble();
    }
    Map<Integer, Long> after = masks(bits);
    after.keySet().retainAll(before.keySet());
    check(after.values().stream().allMatch(mask -> mask == bits), before, after);
    if ((bits & SignalSet.bit(OTHER)) == 0) {
      nobodyBlocks(OTHER);
    }
  }

  /** This thread had blocked one of the two signals that change together. */
  void leaveWhatOneThreadHasBlocked() {
    Hostile.block(SignalSet.bit(REAL_TIME));
    for (int round = 0; round < 3; round++) {
      inTime(() -> receiver.start(REAL_TIME, OTHER));
      receives(REAL_TIME, OTHER);
      inTime(() -> receiver.stop(OTHER));
      inTime(() -> receiver.start(OTHER));
      inTime(() -> receiver.stop(REAL_TIME, OTHER));
      receiver.awaitNothingReserved();
      receiver.awaitNoTrouble();
      await(() -> Masks.blockersOf(REAL_TIME) == 1);
      check(Masks.blocked(Shim.gettid()).contains(REAL_TIME));
      nobodyBlocks(OTHER);
    }
  }

  /** A critical section begins before the way in, and ends before the way out. */
  void leaveWhatWasBlockedForAMoment() {
    Hostile.block(SignalSet.bit(REAL_TIME));
    receiver.start(REAL_TIME);
    Hostile.unblock(SignalSet.bit(REAL_TIME));
    Shim.tgkill(ExclusiveReceiver.PID, Shim.gettid(), REAL_TIME);
    receiver.await(1);
    receiver.stop(REAL_TIME);
    nobodyBlocks(REAL_TIME);
  }

  /** A critical section begins before the way out, and puts its mask back afterwards. */
  void leaveWhatWasPutBackTooLate() {
    receiver.start(REAL_TIME);
    await(() -> Masks.blocked(Shim.gettid()).contains(REAL_TIME));
    receiver.stop(REAL_TIME);
    Hostile.block(SignalSet.bit(REAL_TIME));
    receiver.start(REAL_TIME);
    receiver.stop(REAL_TIME);
    nobodyBlocks(REAL_TIME);
  }

  void leaveBesideCriticalSections() {
    long signal = SignalSet.bit(REAL_TIME);
    AtomicBoolean over = new AtomicBoolean();
    AtomicBoolean ended = new AtomicBoolean();
    startDaemon(() -> {
      while (!over.get()) {
        long before = Hostile.block(signal);
        LockSupport.parkNanos(100_000);
        Hostile.unblock(signal & ~before);
      }
      ended.set(true);
      LockSupport.park(); // its mask is to be seen
    });
    for (int round = 0; round < 100; round++) {
      receiver.start(REAL_TIME);
      receiver.sendAndReceive(REAL_TIME);
      receiver.stop(REAL_TIME);
    }
    over.set(true);
    await(ended::get);
    receiver.start(REAL_TIME);
    receiver.stop(REAL_TIME);
    nobodyBlocks(REAL_TIME);
  }

  // ---- A full queue ----

  void enterWithAFullQueue() {
    Hostile.fillQueue();
    String refusal = refusedAt(REAL_TIME, USR1);
    check(refusal.contains("queue of signals of this user is full"), refusal);
    receives(USR1, REAL_TIME);
    receives(USR1, REAL_TIME);
    receiver.awaitNothingReserved();
    Hostile.emptyQueue();
    receiver.start(REAL_TIME, USR1);
    receives(USR1, REAL_TIME);
  }

  /** Also a wake-up that finds no room, while signals are on their way out, must not be lost. */
  void leaveWithAFullQueue() {
    receiver.start(REAL_TIME, USR1);
    receives(USR1, REAL_TIME);
    Hostile.fillQueue();
    inTime(() -> source.leaveExclusive(SignalSet.of(REAL_TIME)));
    String trouble = source.trouble();
    check(
        trouble != null && trouble.contains("queue of signals of this user is full"), "" + trouble);
    receives(REAL_TIME, USR1, REAL_TIME);
    inTime(() -> receiver.stop(USR1));
    receives(REAL_TIME);
    Hostile.emptyQueue();
    receiver.start(REAL_TIME); // what threads block from before is ours
    receiver.stop(REAL_TIME);
    nobodyBlocks(REAL_TIME, USR1);
    receiver.awaitNothingReserved();
    receiver.awaitNoTrouble();
  }

  // ---- A collector that takes one of the private signals, after us ----

  private static int privateSignal(NativeSignalSource source, String which) {
    int[] reserved = source.reserved().toArray();
    return which.equals("higher") ? reserved[1] : reserved[0];
  }

  /** The argument: the higher one tells threads, the lower one wakes. */
  void collectorTakesAPrivateSignal(String which) {
    receiver.start(REAL_TIME);
    receives(REAL_TIME);
    int lost = privateSignal(source, which);
    Hostile.install(lost);
    int stopped = Hostile.stopTheWorld(lost);
    check(stopped == 0, "not stopped", stopped);
    String trouble = source.trouble();
    check(
        trouble != null && trouble.contains("signal " + lost) && trouble.contains("libhostile"),
        "" + trouble);
    String refusal = refusedAt(OTHER);
    check(refusal.contains("signal " + lost) && refusal.contains("libhostile"), refusal);
    receives(REAL_TIME, OTHER);
    nobodyBlocks(REAL_TIME, OTHER);
    check(Hostile.stopTheWorld(lost) == 0);
    inTime(() -> receiver.start(REAL_TIME, OTHER)); // with others
    check(!source.reserved().contains(lost), source.reserved());
    receives(REAL_TIME, OTHER);
    check(Hostile.stopTheWorld(lost) == 0);
    receiver.awaitNoTrouble();
    inTime(() -> receiver.stop(REAL_TIME, OTHER));
    receiver.awaitNothingReserved();
    check(source.disposition(lost).handler() != 0, "taken from its owner");
  }

  void leaveAfterACollectorTookThePrivateSignal(String which) {
    receiver.start(REAL_TIME, OTHER);
    int lost = privateSignal(source, which);
    Hostile.install(lost);
    inTime(() -> receiver.stop(OTHER));
    String trouble = source.trouble();
    check(trouble != null && trouble.contains("signal " + lost), "" + trouble);
    check(source.exclusive().isEmpty(), source.exclusive());
    receives(REAL_TIME);
    nobodyBlocks(REAL_TIME, OTHER);
    check(source.disposition(lost).handler() != 0, "taken from its owner");
  }

  // ---- A sandbox. The argument is a system call and an error number. ----

  private static void refuse(String callAndErrno) {
    String[] parts = callAndErrno.split(" ", -1);
    Hostile.refuse(parts[0], Integer.parseInt(parts[1]));
  }

  void enterInASandbox(String callAndErrno) {
    receiver.install(USR1);
    refuse(callAndErrno);
    String refusal = refusedAt(REAL_TIME);
    boolean isNamed =
        refusal.startsWith("the kernel refuses")
            || refusal.startsWith("/proc does not show")
            || (refusal.startsWith("the queue of signals of this user is full")
                && callAndErrno.endsWith(" 11"));
    check(isNamed, refusal);
    receives(USR1, REAL_TIME, USR1);
    receiver.awaitNothingReserved();
  }

  /** Refuses calls one after the other, with EPERM. */
  void tellWhatIsRefused(String calls) {
    Map<String, String> expected = new LinkedHashMap<>();
    expected.put("rt_sigtimedwait", "usable");
    expected.put("tgkill", "usable");
    expected.put("pidfd", "usable");
    for (String call : calls.split(",", -1)) {
      check(told().equals(expected), "before " + call + ": " + told());
      Hostile.refuse(call, 1);
      // libc's words for it, in the language of whoever runs this
      expected.put(call.startsWith("pidfd") ? "pidfd" : call, "refused: " + Shim.strerror(1));
    }
    check(told().equals(expected), told().toString());
  }

  private static Map<String, String> told() {
    Map<String, String> told = new LinkedHashMap<>(new NativeSignalSource().facts());
    String origin = String.valueOf(told.remove("loaded"));
    check(origin.startsWith("the library in the jar, extracted to "), origin);
    return told;
  }

  void enterWhereOneCallIsDispensable(String callAndErrno) {
    receiver.install(USR1);
    refuse(callAndErrno);
    inTime(() -> receiver.start(REAL_TIME));
    receives(USR1, REAL_TIME, USR1);
    inTime(() -> receiver.stop(REAL_TIME));
    receives(USR1);
    nobodyBlocks(REAL_TIME);
  }

  void goOnInASandbox(String callAndErrno) {
    receiver.install(USR1); // which has to wake who waits in the kernel
    receiver.start(REAL_TIME);
    receives(USR1, REAL_TIME);
    refuse(callAndErrno);
    receives(USR1, REAL_TIME, USR1, REAL_TIME);
    if (callAndErrno.startsWith("rt_sigtimedwait")) { // nobody has to ask for what follows
      nobodyBlocks(REAL_TIME);
      await(() -> source.reserved().isEmpty());
    }
    inTime(() -> source.leaveExclusive(SignalSet.of(REAL_TIME)));
    receives(REAL_TIME, USR1);
    inTime(() -> receiver.stop(REAL_TIME));
    receives(USR1);
    System.out.println("trouble: " + source.trouble());
  }

  /** With the default action as the previous one, which a signal has to find when all have left. */
  void terminateInASandbox(String callAndErrno) throws Exception {
    receiver.start(USR1);
    receives(USR1);
    refuse(callAndErrno);
    receiver.stop(USR1);
    source.sender().kill(ExclusiveReceiver.PID, USR1);
    Thread.sleep(60_000); // to be killed
  }

  void terminateWithAFullQueue() throws Exception {
    receiver.start(USR1);
    receives(USR1);
    Hostile.fillQueue();
    receiver.stop(USR1);
    source.sender().kill(ExclusiveReceiver.PID, USR1);
    Thread.sleep(60_000); // to be killed
  }
}
