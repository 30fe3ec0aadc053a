package org.sigqueue.core;

/**
 * The details of one occurrence of a signal: the fields of {@code siginfo_t}, when it was recorded
 * and on which thread. Mutable, so that one object serves a receiver for ever; not safe for use by
 * many threads.
 *
 * <p>{@link #code} tells which fields have a meaning; the others are 0, and {@link #fd} is -1:
 *
 * <table>
 *   <caption>Fields by code</caption>
 *   <tr><th>{@code code}<th>fields
 *   <tr><td>0 {@code SI_USER}, -6 {@code SI_TKILL}<td>{@code pid} and {@code uid} of the sender
 *   <tr><td>-2 {@code SI_TIMER}<td>{@code value}
 *   <tr><td>-5 {@code SI_SIGIO}<td>{@code fd}, {@code band}
 *   <tr><td>others below 0: {@code SI_QUEUE}, {@code SI_MESGQ}, {@code SI_ASYNCIO}, {@code
 *       SI_ASYNCNL}, and any that a program makes up<td>{@code pid}, {@code uid}, {@code value}
 *   <tr><td>1 to 6, of SIGCHLD: {@code CLD_...}<td>{@code pid} and {@code uid} of the child, {@code
 *       status}
 *   <tr><td>1 to 6, of others than faults and SIGSYS: {@code POLL_...}, by {@code F_SETSIG}
 *       <td>{@code fd}, {@code band}
 *   <tr><td>others above 0: the kernel, {@code SI_KERNEL} for example<td>none
 * </table>
 *
 * <p>A process of the same user, or root, sends whatever it likes with a code below zero, except
 * {@code SI_TKILL}: see {@link #isVerified}.
 */
public final class Occurrence {
  /** The {@link #code} where nothing but signal, count and time is known. */
  public static final int NO_DETAILS = Integer.MIN_VALUE;

  private static final int SI_USER = 0;
  private static final int SI_TKILL = -6;

  /** How many occurrences this stands for: 1, or more if their details are not known. */
  public long count = 1;

  /** The position in the order of recording across all signals, with gaps; -1 without details. */
  public long sequence;

  /** The signal number. */
  public int signal;

  /** {@code si_code}: the cause of the signal; not positive if a process sent it. */
  public int code;

  /** {@code si_pid}: the sender, or the child; 0 also for a sender in an outer pid namespace. */
  public int pid;

  /** {@code si_uid}: the real user of the sender or the child, as an unsigned number. */
  public int uid;

  /** {@code si_value}: the value from the sender, the timer or the message queue. */
  public long value;

  /** {@code si_status}: the exit status or signal of a child. */
  public int status;

  /** {@code si_fd}: the descriptor that became ready, or -1. */
  public int fd = -1;

  /** {@code si_band}: the events that it is ready for, as poll(2) has them. */
  public int band;

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

  /**
   * Whether the kernel vouches for the details. If not, a process has filled them in: mostly libc,
   * with the truth, but any process may claim anything. What this process sends to itself is never
   * vouched for, nor is pid 0 with uid 0: the kernel says so, too, when it had no room.
   */
  public boolean isVerified() {
    return code > 0 || code == SI_TKILL || (code == SI_USER && (pid != 0 || uid != 0));
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
    fd = -1;
    band = 0;
    tid = 0;
    timeNanos = System.nanoTime();
  }
}
