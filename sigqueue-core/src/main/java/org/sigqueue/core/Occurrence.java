package org.sigqueue.core;

/**
 * What is known of one occurrence of a signal: the fields of {@code siginfo_t}, when and where it
 * arrived. Mutable, so that one object serves a receiver for ever; not safe for use by many
 * threads.
 */
public final class Occurrence {
  /** The {@link #code} where nothing but signal, count and time is known. */
  public static final int NO_DETAILS = Integer.MIN_VALUE;

  /** How many occurrences this stands for: 1, or more if their details are not known. */
  public long count = 1;

  /** The position in the order of arrival across all signals; -1 without details. */
  public long sequence;

  /** The signal number. */
  public int signal;

  /** {@code si_code}: who or what caused the signal; not positive if a process sent it. */
  public int code;

  /** {@code si_pid}: the sender, or the child, if {@link #code} says that there is one. */
  public int pid;

  /** {@code si_uid}: the real user of the sender or the child. */
  public int uid;

  /** {@code si_value}: what was sent along by {@code sigqueue}, a timer or a message queue. */
  public long value;

  /** {@code si_status}: the exit status or signal of a child, for SIGCHLD from the kernel. */
  public int status;

  /** The thread whose execution the handler interrupted. */
  public int tid;

  /** When the handler ran: {@code CLOCK_MONOTONIC}, which is {@link System#nanoTime} on Linux. */
  public long timeNanos;

  /** Creates an occurrence to be filled. */
  public Occurrence() {}

  /** Whether more is known than signal, count and time. */
  public boolean hasDetails() {
    return code != NO_DETAILS;
  }

  /** Makes this stand for occurrences that left no record, because the ring was full. */
  public void setLost(int lostSignal, long lostCount) {
    count = lostCount;
    sequence = -1;
    signal = lostSignal;
    code = NO_DETAILS;
    pid = 0;
    uid = 0;
    value = 0;
    status = 0;
    tid = 0;
    timeNanos = System.nanoTime();
  }
}
