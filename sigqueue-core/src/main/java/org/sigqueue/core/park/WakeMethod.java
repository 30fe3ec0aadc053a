package org.sigqueue.core.park;

/** How a signal handler, which may run almost nothing, can wake the sleeper on a {@link Note}. */
public enum WakeMethod {
  /** Not at all: only Java code can. */
  NONE(0),
  /** By the note's word alone: the sleeper never stops reading it. */
  WORD(1),
  /** By a futex wake on the note's word. */
  FUTEX(2),
  /** By a write to the eventfd that {@link Note#wakeFd()} names. */
  EVENTFD(3),
  /** By a private signal or a futex wake, depending on where the sleeper waits. */
  SIGWAIT(4);

  private final int code;

  WakeMethod(int code) {
    this.code = code;
  }

  /** The number that stands for this in the shared layout. */
  public int code() {
    return code;
  }
}
