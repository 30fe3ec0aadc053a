package org.sigqueue.core.source;

import org.jspecify.annotations.Nullable;

/** The sending of signals to processes. Any thread may call all of this; nothing blocks. */
public interface SignalSender {
  /**
   * Sends a signal as {@code kill(2)} does.
   *
   * @param pid a process; other meanings of {@code kill(2)} (0, negative) are refused
   * @throws IllegalArgumentException if the pid or the signal is out of range
   * @throws SignalSourceException if the system refuses; its errno says why
   */
  void kill(long pid, int signal);

  /**
   * Sends a signal with a value as {@code sigqueue(3)} does.
   *
   * @param pid a process
   * @throws IllegalArgumentException if the pid or the signal is out of range
   * @throws SignalSourceException if the system refuses; its errno says why
   */
  void queue(long pid, int signal, long value);

  /**
   * Sends a signal to a process and to no other that has got its pid since: through a pidfd where
   * the kernel has them.
   *
   * @param value the value to send along, or null for none
   * @throws IllegalArgumentException if the signal is out of range
   * @throws SignalSourceException if the system refuses; ESRCH also if the process has ended
   */
  void send(ProcessHandle process, int signal, @Nullable Long value);

  /**
   * Sends a signal to all processes of a process group, as {@code kill(2)} does with a negative
   * number.
   *
   * @param group the group, 2 or more; 0 for that of this process
   * @throws IllegalArgumentException if the group or the signal is out of range: the group 1 cannot
   *     be told from all processes
   * @throws SignalSourceException if the system refuses; ESRCH if the group has no process
   */
  default void killGroup(long group, int signal) {
    throw unsupported("send a process group a signal");
  }

  /**
   * Finds out whether a process is there and may be sent signals; sends none.
   *
   * @param pid a process
   * @throws IllegalArgumentException if the pid is out of range
   * @throws SignalSourceException with the errno ESRCH (3) if there is no such process, or EPERM
   *     (1) if there is and this one may not send it signals
   */
  default void probe(long pid) {
    throw unsupported("probe a process");
  }

  /**
   * Sends a signal to one thread, as {@code tgkill(2)} does. Where that thread blocks the signal it
   * stays pending there, also if it is exclusive.
   *
   * @param pid the process of the thread
   * @param tid the thread, by the number that the kernel has for it
   * @throws IllegalArgumentException if a number is out of range
   * @throws SignalSourceException if the system refuses; its errno says why
   */
  default void killThread(long pid, long tid, int signal) {
    throw unsupported("send a thread a signal");
  }

  /**
   * Sends a signal with a value to one thread, as {@link #killThread} does.
   *
   * @throws IllegalArgumentException if a number is out of range
   * @throws SignalSourceException if the system refuses; its errno says why
   */
  default void queueThread(long pid, long tid, int signal, long value) {
    throw unsupported("send a thread a value");
  }

  private static SignalSourceException unsupported(String what) {
    return new SignalSourceException("this source cannot " + what, 38); // ENOSYS
  }
}
