package org.sigqueue.dispatch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigqueue.Registration;
import org.sigqueue.Signal;
import org.sigqueue.SignalChannel;
import org.sigqueue.SignalNotifier;
import org.sigqueue.testing.VirtualSignalSource;

/**
 * A program whose calls run out of stack, or out of memory, a little later each time. It prints
 * what such calls have left behind; for {@link HalfwayTest}.
 */
final class HalfwayProgram {
  private static final int MAX_FRAMES = 64;
  private static final int MAX_BYTES = 12_000;
  private static final int STEP_BYTES = 200;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(5);

  @SuppressWarnings("UnusedVariable") // written, to be kept
  private static volatile Object @Nullable [] hoard;

  @SuppressWarnings("UnusedVariable")
  private static volatile byte @Nullable [] reserve;

  private static int errors;
  private static int leftovers;

  /** A call in which something runs out. */
  private interface Shortage {
    void during(Runnable call, int left) throws Exception;
  }

  private HalfwayProgram() {}

  public static void main(String[] arguments) throws Exception {
    for (int i = 0; i < 3; i++) { // for the classes
      for (int kind = 0; kind < 3; kind++) {
        tryCall(kind, (call, left) -> call.run(), 0);
      }
    }
    boolean stack = arguments[0].equals("stack");
    int end = stack ? MAX_FRAMES : MAX_BYTES;
    for (int left = 1; left < end; left += stack ? 1 : STEP_BYTES) {
      for (int kind = 0; kind < 3; kind++) {
        tryCall(kind, stack ? HalfwayProgram::withStack : HalfwayProgram::withMemory, left);
      }
    }
    System.out.println("some fail " + (errors > 0));
    System.out.println("leftovers " + leftovers);
  }

  /** What is slow three times was given up each time, and not by a machine that is busy. */
  private static void tryCall(int kind, Shortage shortage, int left) throws Exception {
    boolean isSlow = true;
    for (int tries = 0; isSlow && tries < 3; tries++) {
      isSlow = tryCallOnce(kind, shortage, left);
    }
    if (isSlow) {
      leftovers++;
      System.out.println("kind " + kind + ", left " + left + ": slow");
    }
  }

  /** Whether the call that followed was slow. */
  private static boolean tryCallOnce(int kind, Shortage shortage, int left) throws Exception {
    VirtualSignalSource source = new VirtualSignalSource();
    SignalNotifier signals = SignalNotifier.builder().source(source).build();
    SignalChannel channel = SignalChannel.queueing(8);
    Registration[] made = new Registration[1];
    if (kind > 0) {
      made[0] = signals.register(channel, Signal.USR1, Signal.HUP);
    }
    shortage.during(
        () -> {
          try {
            switch (kind) {
              case 0 -> made[0] = signals.register(channel, Signal.USR1, Signal.HUP);
              case 1 -> made[0].close();
              default -> signals.close();
            }
          } catch (StackOverflowError | OutOfMemoryError | RuntimeException e) {
            errors++;
          }
        },
        left);
    long start = System.nanoTime();
    if (made[0] != null) { // else nobody can end it, and nothing may be left
      made[0].close();
    }
    boolean isSlow = System.nanoTime() - start > SLOW_NANOS;
    while (isRunning(source) && System.nanoTime() - start < LIMIT_NANOS) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    if (isRunning(source) || source.disposition(Signal.USR1.number()).ours()) {
      leftovers++;
      System.out.println("kind " + kind + ", left " + left + ": stays");
    }
    return isSlow;
  }

  private static boolean isRunning(VirtualSignalSource source) {
    return !source.block().wanted().isEmpty()
        || Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().equals("sigqueue-dispatcher"));
  }

  private static void withStack(Runnable call, int frames) throws Exception {
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                descend(call, depth(0) - frames);
              } catch (StackOverflowError e) { // before the call
              }
            },
            "deep",
            256 << 10);
    thread.start();
    thread.join();
  }

  private static int depth(int above) {
    try {
      return above < 0 ? above : depth(above + 1);
    } catch (StackOverflowError e) {
      return above;
    }
  }

  private static void descend(Runnable call, int left) {
    if (left <= 0) {
      call.run();
    } else {
      descend(call, left - 1);
    }
  }

  private static void withMemory(Runnable call, int bytes) {
    reserve = new byte[bytes];
    // Few sizes, because each ends with collections; the last one fills what is left of the heap.
    for (int size = 1 << 20; size >= 0; size = size == 0 ? -1 : size / 16) {
      try {
        for (; ; ) {
          hoard = new Object[] {hoard, new byte[size]};
        }
      } catch (OutOfMemoryError e) {
        // Smaller ones may fit.
      }
    }
    reserve = null;
    try {
      call.run();
    } finally {
      hoard = null;
    }
  }
}
