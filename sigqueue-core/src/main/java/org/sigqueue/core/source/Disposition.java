package org.sigqueue.core.source;

/**
 * The reaction of the process to a signal: the kernel's {@code struct sigaction}, for comparison
 * and for people. Two dispositions are equal if they are so byte for byte.
 *
 * @param handler the address of the handler; {@link #DEFAULT} and {@link #IGNORE} have a meaning
 * @param flags {@code sa_flags}
 * @param mask {@code sa_mask}: signal n is bit n - 1
 * @param restorer {@code sa_restorer}
 * @param ours whether the handler is that of the source which was asked
 */
public record Disposition(long handler, long flags, long mask, long restorer, boolean ours) {
  /** {@code SIG_DFL}. */
  public static final long DEFAULT = 0;

  /** {@code SIG_IGN}. */
  public static final long IGNORE = 1;
}
