package org.sigqueue;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.sigqueue.core.SignalSet;

/**
 * A POSIX signal, with the numbers of Linux on x86, ARM and RISC-V.
 *
 * <p>Names that share a number (CLD and CHLD, POLL and IO, IOT and ABRT) are the same signal. The
 * order is that of the numbers.
 */
public enum Signal {
  /** Hangup of the terminal; by convention: reload the configuration. */
  HUP(1, "hangup"),

  /** Interrupt from the keyboard: Ctrl-C. */
  INT(2, "interrupt"),

  /** Quit from the keyboard: Ctrl-\. The JVM prints a thread dump. */
  QUIT(3, "quit"),

  /** Illegal instruction. */
  ILL(4, "illegal instruction"),

  /** Trace or breakpoint trap. */
  TRAP(5, "trace or breakpoint trap"),

  /** Abort. */
  ABRT(6, "aborted"),

  /** Bus error. */
  BUS(7, "bus error"),

  /** Arithmetic exception. */
  FPE(8, "arithmetic exception"),

  /** Kill; cannot be caught. */
  KILL(9, "killed"),

  /** For the program to define. */
  USR1(10, "user defined signal 1"),

  /** Invalid memory access. */
  SEGV(11, "segmentation violation"),

  /** For the program to define; the JVM uses it to suspend threads. */
  USR2(12, "user defined signal 2"),

  /** Write to a pipe without a reader. */
  PIPE(13, "broken pipe"),

  /** Timer of alarm(2). */
  ALRM(14, "alarm clock"),

  /** Request to terminate. */
  TERM(15, "terminated"),

  /** Coprocessor stack fault; unused. */
  STKFLT(16, "stack fault"),

  /** A child stopped, continued or ended. */
  CHLD(17, "child status changed"),

  /** Continue after a stop. */
  CONT(18, "continued"),

  /** Stop; cannot be caught. */
  STOP(19, "stopped (signal)"),

  /** Stop from the keyboard: Ctrl-Z. */
  TSTP(20, "stopped (keyboard)"),

  /** Read from the terminal in the background. */
  TTIN(21, "stopped (terminal input)"),

  /** Write to the terminal in the background. */
  TTOU(22, "stopped (terminal output)"),

  /** Urgent data on a socket. */
  URG(23, "urgent I/O condition"),

  /** CPU time limit exceeded. */
  XCPU(24, "CPU time limit exceeded"),

  /** File size limit exceeded. */
  XFSZ(25, "file size limit exceeded"),

  /** Timer of the CPU time used. */
  VTALRM(26, "virtual timer expired"),

  /** Profiling timer; used by profilers. */
  PROF(27, "profiling timer expired"),

  /** The terminal changed its size. */
  WINCH(28, "window changed"),

  /** I/O is possible now. */
  IO(29, "I/O possible"),

  /** Power failure. */
  PWR(30, "power failure"),

  /** Bad system call. */
  SYS(31, "bad system call"),

  /** Reserved by the C library. */
  RESERVED_32(32, "signal 32"),

  /** Reserved by the C library. */
  RESERVED_33(33, "signal 33"),

  /** The real-time signal {@code SIGRTMIN + 0}. */
  RTMIN_0(34, "real-time signal 0"),

  /** The real-time signal {@code SIGRTMIN + 1}. */
  RTMIN_1(35, "real-time signal 1"),

  /** The real-time signal {@code SIGRTMIN + 2}. */
  RTMIN_2(36, "real-time signal 2"),

  /** The real-time signal {@code SIGRTMIN + 3}. */
  RTMIN_3(37, "real-time signal 3"),

  /** The real-time signal {@code SIGRTMIN + 4}. */
  RTMIN_4(38, "real-time signal 4"),

  /** The real-time signal {@code SIGRTMIN + 5}. */
  RTMIN_5(39, "real-time signal 5"),

  /** The real-time signal {@code SIGRTMIN + 6}. */
  RTMIN_6(40, "real-time signal 6"),

  /** The real-time signal {@code SIGRTMIN + 7}. */
  RTMIN_7(41, "real-time signal 7"),

  /** The real-time signal {@code SIGRTMIN + 8}. */
  RTMIN_8(42, "real-time signal 8"),

  /** The real-time signal {@code SIGRTMIN + 9}. */
  RTMIN_9(43, "real-time signal 9"),

  /** The real-time signal {@code SIGRTMIN + 10}. */
  RTMIN_10(44, "real-time signal 10"),

  /** The real-time signal {@code SIGRTMIN + 11}. */
  RTMIN_11(45, "real-time signal 11"),

  /** The real-time signal {@code SIGRTMIN + 12}. */
  RTMIN_12(46, "real-time signal 12"),

  /** The real-time signal {@code SIGRTMIN + 13}. */
  RTMIN_13(47, "real-time signal 13"),

  /** The real-time signal {@code SIGRTMIN + 14}. */
  RTMIN_14(48, "real-time signal 14"),

  /** The real-time signal {@code SIGRTMIN + 15}. */
  RTMIN_15(49, "real-time signal 15"),

  /** The real-time signal {@code SIGRTMIN + 16}. */
  RTMIN_16(50, "real-time signal 16"),

  /** The real-time signal {@code SIGRTMIN + 17}. */
  RTMIN_17(51, "real-time signal 17"),

  /** The real-time signal {@code SIGRTMIN + 18}. */
  RTMIN_18(52, "real-time signal 18"),

  /** The real-time signal {@code SIGRTMIN + 19}. */
  RTMIN_19(53, "real-time signal 19"),

  /** The real-time signal {@code SIGRTMIN + 20}. */
  RTMIN_20(54, "real-time signal 20"),

  /** The real-time signal {@code SIGRTMIN + 21}. */
  RTMIN_21(55, "real-time signal 21"),

  /** The real-time signal {@code SIGRTMIN + 22}. */
  RTMIN_22(56, "real-time signal 22"),

  /** The real-time signal {@code SIGRTMIN + 23}. */
  RTMIN_23(57, "real-time signal 23"),

  /** The real-time signal {@code SIGRTMIN + 24}. */
  RTMIN_24(58, "real-time signal 24"),

  /** The real-time signal {@code SIGRTMIN + 25}. */
  RTMIN_25(59, "real-time signal 25"),

  /** The real-time signal {@code SIGRTMIN + 26}. */
  RTMIN_26(60, "real-time signal 26"),

  /** The real-time signal {@code SIGRTMIN + 27}. */
  RTMIN_27(61, "real-time signal 27"),

  /** The real-time signal {@code SIGRTMIN + 28}. */
  RTMIN_28(62, "real-time signal 28"),

  /** The real-time signal {@code SIGRTMIN + 29}. */
  RTMIN_29(63, "real-time signal 29"),

  /** The real-time signal {@code SIGRTMIN + 30}. */
  RTMIN_30(64, "real-time signal 30");

  private static final int RT_MIN = 34; // the C library keeps the kernel's first two for itself
  private static final Signal[] BY_NUMBER = values(); // in ascending order, without a gap

  private final int number;
  private final String description;

  Signal(int number, String description) {
    this.number = number;
    this.description = description;
  }

  /**
   * The signal of this number.
   *
   * @param number 1 to 64
   * @throws IllegalArgumentException if there is no such signal
   */
  public static Signal of(int number) {
    SignalSet.bit(number); // the range check
    return BY_NUMBER[number - SignalSet.MIN];
  }

  /**
   * The signal of this name, in any case: {@code "HUP"}, {@code "SIGHUP"}, {@code "RTMIN+3"},
   * {@code "RTMAX-1"}, the name of a constant, or a number. A number stands alone: what somebody
   * means by {@code "SIG10"} depends on where it was written.
   *
   * @throws IllegalArgumentException if there is no such signal; the message says what is allowed
   */
  public static Signal of(String name) {
    String key = name.strip().toUpperCase(Locale.ROOT);
    boolean isLong = key.startsWith("SIG");
    Signal signal = find(isLong ? key.substring(3) : key);
    boolean isNumber = isLong && digits(key.substring(3)) >= 0;
    if (signal == null || (isNumber && !signal.toString().equals(key))) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is no signal; allowed are names like HUP or SIGHUP, RTMIN+0 to RTMIN+"
              + (SignalSet.MAX - RT_MIN)
              + ", RTMAX-0 to RTMAX-"
              + (SignalSet.MAX - RT_MIN)
              + ", and numbers from 1 to "
              + SignalSet.MAX);
    }
    return signal;
  }

  private static @Nullable Signal find(String key) {
    for (Signal signal : BY_NUMBER) {
      if (signal.name().equals(key)) {
        return signal;
      }
    }
    return switch (key) {
      case "CLD" -> CHLD;
      case "POLL" -> IO;
      case "IOT" -> ABRT;
      case "RTMIN" -> RTMIN_0;
      case "RTMAX" -> RTMIN_30;
      default -> ofNumber(offset(key));
    };
  }

  /** The number that a text like {@code RTMIN+3}, {@code RTMAX-1} or {@code 10} means; else 0. */
  private static int offset(String key) {
    if (key.startsWith("RTMIN+")) {
      int n = digits(key.substring(6));
      return n < 0 ? 0 : RT_MIN + n;
    }
    if (key.startsWith("RTMAX-")) {
      int n = digits(key.substring(6));
      return n < 0 || SignalSet.MAX - n < RT_MIN ? 0 : SignalSet.MAX - n;
    }
    return Math.max(0, digits(key));
  }

  private static int digits(String text) {
    return text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : -1;
  }

  private static @Nullable Signal ofNumber(int number) {
    return number < SignalSet.MIN || number > SignalSet.MAX ? null : of(number);
  }

  /**
   * The real-time signal {@code SIGRTMIN + n}.
   *
   * @param n 0 to 30
   * @throws IllegalArgumentException if n is not in this range
   */
  public static Signal rtMin(int n) {
    if (n < 0 || n > SignalSet.MAX - RT_MIN) {
      throw new IllegalArgumentException(
          "n is " + n + ", not in 0.." + (SignalSet.MAX - RT_MIN) + " for SIGRTMIN+n");
    }
    return of(RT_MIN + n);
  }

  /** The number: 1 to 64. */
  public int number() {
    return number;
  }

  /** The name that {@code kill} takes: {@code "HUP"}, {@code "RTMIN+3"}. */
  public String shortName() {
    if (number == RT_MIN) {
      return "RTMIN";
    }
    if (number > RT_MIN) {
      return "RTMIN+" + (number - RT_MIN);
    }
    return this == RESERVED_32 || this == RESERVED_33 ? String.valueOf(number) : name();
  }

  /** The meaning of the signal, in a few words of English. */
  public String description() {
    return description;
  }

  /** Whether this is one of {@code SIGRTMIN} to {@code SIGRTMAX}, which the kernel queues. */
  public boolean isRealTime() {
    return number >= RT_MIN;
  }

  /** The short name with {@code SIG}. */
  @Override
  public String toString() {
    return "SIG" + shortName();
  }
}
