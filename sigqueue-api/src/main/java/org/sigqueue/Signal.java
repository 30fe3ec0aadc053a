package org.sigqueue;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.sigqueue.core.SignalSet;

/**
 * A POSIX signal, with the numbers of Linux on x86, ARM and RISC-V. There is one object for each
 * number, so signals may be compared with {@code ==}; names that share a number (CLD and CHLD, POLL
 * and IO, IOT and ABRT) are the same signal.
 */
public final class Signal implements Comparable<Signal> {
  private static final int RT_MIN = 34; // the C library keeps the kernel's first two for itself
  private static final Signal[] BY_NUMBER = new Signal[SignalSet.MAX + 1];
  private static final Map<String, Signal> BY_NAME = new HashMap<>();

  /** Hangup of the terminal; by convention: reload the configuration. */
  public static final Signal HUP = named(1, "HUP", "hangup");

  /** Interrupt from the keyboard: Ctrl-C. */
  public static final Signal INT = named(2, "INT", "interrupt");

  /** Quit from the keyboard: Ctrl-\. The JVM prints a thread dump. */
  public static final Signal QUIT = named(3, "QUIT", "quit");

  /** Illegal instruction. */
  public static final Signal ILL = named(4, "ILL", "illegal instruction");

  /** Trace or breakpoint trap. */
  public static final Signal TRAP = named(5, "TRAP", "trace or breakpoint trap");

  /** Abort. */
  public static final Signal ABRT = named(6, "ABRT", "aborted");

  /** Bus error. */
  public static final Signal BUS = named(7, "BUS", "bus error");

  /** Arithmetic exception. */
  public static final Signal FPE = named(8, "FPE", "arithmetic exception");

  /** Kill; cannot be caught. */
  public static final Signal KILL = named(9, "KILL", "killed");

  /** For the program to define. */
  public static final Signal USR1 = named(10, "USR1", "user defined signal 1");

  /** Invalid memory access. */
  public static final Signal SEGV = named(11, "SEGV", "segmentation violation");

  /** For the program to define; the JVM uses it to suspend threads. */
  public static final Signal USR2 = named(12, "USR2", "user defined signal 2");

  /** Write to a pipe that nobody reads. */
  public static final Signal PIPE = named(13, "PIPE", "broken pipe");

  /** Timer of alarm(2). */
  public static final Signal ALRM = named(14, "ALRM", "alarm clock");

  /** Request to terminate. */
  public static final Signal TERM = named(15, "TERM", "terminated");

  /** Coprocessor stack fault; unused. */
  public static final Signal STKFLT = named(16, "STKFLT", "stack fault");

  /** A child stopped, continued or ended. */
  public static final Signal CHLD = named(17, "CHLD", "child status changed");

  /** Continue after a stop. */
  public static final Signal CONT = named(18, "CONT", "continued");

  /** Stop; cannot be caught. */
  public static final Signal STOP = named(19, "STOP", "stopped (signal)");

  /** Stop from the keyboard: Ctrl-Z. */
  public static final Signal TSTP = named(20, "TSTP", "stopped (keyboard)");

  /** Read from the terminal in the background. */
  public static final Signal TTIN = named(21, "TTIN", "stopped (terminal input)");

  /** Write to the terminal in the background. */
  public static final Signal TTOU = named(22, "TTOU", "stopped (terminal output)");

  /** Urgent data on a socket. */
  public static final Signal URG = named(23, "URG", "urgent I/O condition");

  /** CPU time limit exceeded. */
  public static final Signal XCPU = named(24, "XCPU", "CPU time limit exceeded");

  /** File size limit exceeded. */
  public static final Signal XFSZ = named(25, "XFSZ", "file size limit exceeded");

  /** Timer of the CPU time used. */
  public static final Signal VTALRM = named(26, "VTALRM", "virtual timer expired");

  /** Profiling timer; used by profilers. */
  public static final Signal PROF = named(27, "PROF", "profiling timer expired");

  /** The terminal changed its size. */
  public static final Signal WINCH = named(28, "WINCH", "window changed");

  /** I/O is possible now. */
  public static final Signal IO = named(29, "IO", "I/O possible");

  /** Power failure. */
  public static final Signal PWR = named(30, "PWR", "power failure");

  /** Bad system call. */
  public static final Signal SYS = named(31, "SYS", "bad system call");

  static {
    BY_NAME.put("CLD", CHLD);
    BY_NAME.put("POLL", IO);
    BY_NAME.put("IOT", ABRT);
    for (int number = 32; number <= SignalSet.MAX; number++) {
      String name = number < RT_MIN ? String.valueOf(number) : "RTMIN+" + (number - RT_MIN);
      named(number, number == RT_MIN ? "RTMIN" : name, "signal " + number);
      if (number >= RT_MIN) {
        int fromMax = SignalSet.MAX - number;
        BY_NAME.put(name, BY_NUMBER[number]);
        BY_NAME.put(fromMax == 0 ? "RTMAX" : "RTMAX-" + fromMax, BY_NUMBER[number]);
      }
    }
    BY_NAME.put("RTMAX-0", BY_NUMBER[SignalSet.MAX]);
  }

  private final int number;
  private final String name;
  private final String description;

  private Signal(int number, String name, String description) {
    this.number = number;
    this.name = name;
    this.description = description;
  }

  private static Signal named(int number, String name, String description) {
    Signal signal = new Signal(number, name, description);
    BY_NUMBER[number] = signal;
    BY_NAME.put(name, signal);
    return signal;
  }

  /**
   * The signal of this number.
   *
   * @param number 1 to 64
   * @throws IllegalArgumentException if there is no such signal
   */
  public static Signal of(int number) {
    SignalSet.bit(number); // the range check
    return BY_NUMBER[number];
  }

  /**
   * The signal of this name, in any case: {@code "HUP"}, {@code "SIGHUP"}, {@code "RTMIN+3"},
   * {@code "RTMAX-1"} or a number.
   *
   * @throws IllegalArgumentException if there is no such signal; the message says what is allowed
   */
  public static Signal of(String name) {
    String key = name.strip().toUpperCase(Locale.ROOT);
    Signal signal = BY_NAME.get(key.startsWith("SIG") ? key.substring(3) : key);
    if (signal == null && key.matches("[0-9]{1,2}")) {
      int number = Integer.parseInt(key);
      signal = number >= SignalSet.MIN && number <= SignalSet.MAX ? BY_NUMBER[number] : null;
    }
    if (signal == null) {
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
    return BY_NUMBER[RT_MIN + n];
  }

  /** The number: 1 to 64. */
  public int number() {
    return number;
  }

  /** The name without {@code SIG}: {@code "HUP"}, {@code "RTMIN+3"}. */
  public String name() {
    return name;
  }

  /** What the signal stands for, in a few words of English. */
  public String description() {
    return description;
  }

  /** Whether this is one of {@code SIGRTMIN} to {@code SIGRTMAX}, which the kernel queues. */
  public boolean isRealTime() {
    return number >= RT_MIN;
  }

  /** Compares by number. */
  @Override
  public int compareTo(Signal other) {
    return Integer.compare(number, other.number);
  }

  /** Whether the other is the same signal: has the same number. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return number;
  }

  /** The name with {@code SIG}. */
  @Override
  public String toString() {
    return "SIG" + name;
  }
}
