package org.sigqueue.dispatch;

import static org.sigqueue.UnsupportedSignalException.Reason.FAULT;
import static org.sigqueue.UnsupportedSignalException.Reason.NOT_SUPPORTED_BY_SOURCE;
import static org.sigqueue.UnsupportedSignalException.Reason.RESERVED_BY_LIBC;
import static org.sigqueue.UnsupportedSignalException.Reason.RESERVED_BY_VM;
import static org.sigqueue.UnsupportedSignalException.Reason.UNCATCHABLE;

import org.jspecify.annotations.Nullable;
import org.sigqueue.Signal;
import org.sigqueue.UnsupportedSignalException;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.source.SignalSource;

/** The rules of which signals a program may receive inside a HotSpot JVM, with the reasons. */
public final class SignalPolicy {
  private static final int QUIT = 3;
  private static final int CHLD = 17;
  private static final int VTALRM = 26;
  private static final int PROF = 27;

  /** HUP, INT and TERM: nohup and shells start programs with these ignored. */
  private static final SignalSet OFTEN_IGNORED_AT_START = SignalSet.of(1, 2, 15);

  private SignalPolicy() {}

  /** All signals that are not refused over this source. */
  public static SignalSet receivable(SignalSource source) {
    long bits = 0;
    for (int number = SignalSet.MIN; number <= SignalSet.MAX; number++) {
      if (refusal(Signal.of(number), source) == null) {
        bits |= SignalSet.bit(number);
      }
    }
    return new SignalSet(bits);
  }

  /**
   * Throws if one of the signals is refused.
   *
   * @param quitAllowed whether the program has asked for QUIT
   */
  public static void check(SignalSet signals, boolean quitAllowed, SignalSource source) {
    for (int number : signals.toArray()) {
      UnsupportedSignalException refusal = refusal(Signal.of(number), source);
      if (refusal != null && !(quitAllowed && number == QUIT)) {
        throw refusal;
      }
    }
  }

  /** Throws if the process may not ignore one of the signals. */
  public static void checkIgnorable(SignalSet signals, SignalSource source) {
    for (int number : signals.toArray()) {
      Signal signal = Signal.of(number);
      UnsupportedSignalException refusal =
          number == CHLD
              ? refuse(
                  signal, RESERVED_BY_VM, "ignored, it keeps the JDK from waiting for children")
              : refusal(signal, source);
      if (refusal != null) {
        throw new UnsupportedSignalException(
            signal,
            refusal.reason(),
            String.valueOf(refusal.getMessage()).replace("be received", "be ignored"));
      }
    }
  }

  /** Whether a signal stays ignored if the process was started so. */
  static boolean respectsIgnored(int signal) {
    return OFTEN_IGNORED_AT_START.contains(signal);
  }

  /** Prepares for the installation of a handler for the signal. */
  static void prepare(int signal, SharedBlock block) {
    switch (signal) {
      case QUIT -> block.setForwarding(SignalSet.of(QUIT)); // the JVM needs to see it, too
      case CHLD -> initializeProcesses();
      case VTALRM, PROF -> tellProfilers(Signal.of(signal));
      default -> {}
    }
  }

  private static void tellProfilers(Signal signal) {
    Threads.later(() ->
        Log.warn(
            "profilers use " + signal + "; while it is received here they may miss samples", null));
  }

  /** The first child that the JDK starts resets SIGCHLD: have that behind us. */
  private static void initializeProcesses() {
    try {
      Class.forName("java.lang.ProcessImpl");
    } catch (ClassNotFoundException e) {
      // This JDK has another way to start children.
    }
  }

  /** Why a signal is refused over this source; null if it is not. */
  public static @Nullable UnsupportedSignalException refusal(Signal signal, SignalSource source) {
    UnsupportedSignalException refusal = refusal(signal);
    if (refusal != null) {
      return refusal;
    }
    String why = source.refusal(signal.number());
    return why == null ? null : refuse(signal, NOT_SUPPORTED_BY_SOURCE, why);
  }

  private static @Nullable UnsupportedSignalException refusal(Signal signal) {
    int number = signal.number();
    if (number >= Signal.SEGV.number() && number == suspendResume()) {
      return refuse(
          signal,
          RESERVED_BY_VM,
          "the JVM suspends threads with it; start it with _JAVA_SR_SIGNUM=n to move that use");
    }
    return switch (number) {
      case 9, 19 -> refuse(signal, UNCATCHABLE, "the system does not let a process catch it");
      case 4, 5, 7, 8, 11 -> refuse(signal, FAULT, "it reports faults of running code to the JVM");
      case 31 -> refuse(signal, FAULT, "it reports a system call that a sandbox has refused");
      case 6 -> refuse(signal, FAULT, "abort() must end the process");
      case QUIT ->
          refuse(
              signal,
              RESERVED_BY_VM,
              "thread dumps and jcmd depend on it; SignalNotifier.Builder.receiveQuit() shares it");
      case 32, 33 ->
          refuse(signal, RESERVED_BY_LIBC, "thread cancellation and setuid depend on it");
      case 62 -> refuse(signal, RESERVED_BY_VM, "the JDK wakes threads in blocking I/O with it");
      default -> null;
    };
  }

  /** The signal by which HotSpot suspends threads: USR2, unless the environment moves it. */
  private static int suspendResume() {
    String moved = System.getenv("_JAVA_SR_SIGNUM");
    try {
      int number = moved == null ? 0 : Integer.parseInt(moved);
      // HotSpot itself ignores numbers that other uses forbid.
      return number > Math.max(Signal.SEGV.number(), Signal.BUS.number()) && number <= SignalSet.MAX
          ? number
          : Signal.USR2.number();
    } catch (NumberFormatException e) {
      return Signal.USR2.number();
    }
  }

  private static UnsupportedSignalException refuse(Signal signal, Reason reason, String why) {
    return new UnsupportedSignalException(signal, reason, signal + " cannot be received: " + why);
  }
}
