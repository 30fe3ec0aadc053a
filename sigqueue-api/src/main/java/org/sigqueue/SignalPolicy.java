package org.sigqueue;

import static org.sigqueue.UnsupportedSignalException.Reason.FAULT;
import static org.sigqueue.UnsupportedSignalException.Reason.NOT_SUPPORTED_BY_SOURCE;
import static org.sigqueue.UnsupportedSignalException.Reason.RESERVED_BY_LIBC;
import static org.sigqueue.UnsupportedSignalException.Reason.RESERVED_BY_VM;
import static org.sigqueue.UnsupportedSignalException.Reason.UNCATCHABLE;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.sigqueue.UnsupportedSignalException.Reason;
import org.sigqueue.core.SharedBlock;
import org.sigqueue.core.SignalSet;
import org.sigqueue.core.SignalSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which signals a program may receive inside a HotSpot JVM, and why not the others. */
final class SignalPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
  private static final int QUIT = 3;
  private static final int CHLD = 17;
  private static final int VTALRM = 26;
  private static final int PROF = 27;

  private SignalPolicy() {}

  /** All signals that are not refused over this source. */
  static SignalSet catchable(SignalSource source) {
    return SignalSet.of(
        IntStream.rangeClosed(SignalSet.MIN, SignalSet.MAX)
            .filter(number -> refusal(Signal.of(number), source) == null)
            .toArray());
  }

  /**
   * Throws if the signal is refused.
   *
   * @param quitAllowed whether the program has asked for QUIT
   */
  static void check(Signal signal, boolean quitAllowed, SignalSource source) {
    UnsupportedSignalException refusal = refusal(signal, source);
    if (refusal != null && !(quitAllowed && signal.equals(Signal.QUIT))) {
      throw refusal;
    }
  }

  /** Throws if the process may not ignore the signal. */
  static void checkIgnorable(Signal signal, SignalSource source) {
    check(signal, false, source);
    if (signal.equals(Signal.CHLD)) {
      throw new UnsupportedSignalException(
          signal, RESERVED_BY_VM, "ignored, it would keep the JDK from waiting for its children");
    }
  }

  /** Does what has to be done before a handler for the signal is installed. */
  static void prepare(Signal signal, SharedBlock block) {
    switch (signal.number()) {
      case QUIT -> block.setForwarding(SignalSet.of(QUIT)); // the JVM needs to see it, too
      case CHLD -> initializeProcesses();
      case VTALRM, PROF ->
          LOG.warn("profilers use {}; while it is received here they may miss samples", signal);
      default -> {}
    }
  }

  /** The first child that the JDK starts resets SIGCHLD: have that behind us. */
  private static void initializeProcesses() {
    try {
      Class.forName("java.lang.ProcessImpl");
    } catch (ClassNotFoundException e) {
      LOG.debug("this JDK has another way to start children", e);
    }
  }

  /** Why a signal is refused over this source; null if it is not. */
  static @Nullable UnsupportedSignalException refusal(Signal signal, SignalSource source) {
    UnsupportedSignalException refusal = refusal(signal);
    if (refusal != null) {
      return refusal;
    }
    String why = source.refusal(signal.number());
    return why == null ? null : refuse(signal, NOT_SUPPORTED_BY_SOURCE, why);
  }

  private static @Nullable UnsupportedSignalException refusal(Signal signal) {
    int number = signal.number();
    if (number == suspendResume()) {
      return refuse(
          signal,
          RESERVED_BY_VM,
          "the JVM suspends threads with it; start it with _JAVA_SR_SIGNUM=n to move that use");
    }
    return switch (number) {
      case 9, 19 -> refuse(signal, UNCATCHABLE, "the system does not let a process catch it");
      case 4, 5, 7, 8, 11 -> refuse(signal, FAULT, "it reports faults of running code to the JVM");
      case 6 -> refuse(signal, FAULT, "abort() must end the process");
      case QUIT ->
          refuse(
              signal,
              RESERVED_BY_VM,
              "thread dumps and jcmd depend on it; receiveQuit() shares it");
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
    return new UnsupportedSignalException(signal, reason, why);
  }
}
