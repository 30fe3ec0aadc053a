package org.sigqueue;

/** A signal cannot be received here; {@link #reason} says why. Nothing was changed. */
public final class UnsupportedSignalException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Why a signal cannot be received. */
  public enum Reason {
    /** The system does not let a process catch it: KILL and STOP. */
    UNCATCHABLE,
    /** It reports a fault of the running code, which cannot go on after it. */
    FAULT,
    /** The Java virtual machine needs it for itself. */
    RESERVED_BY_VM,
    /** The C library needs it for itself. */
    RESERVED_BY_LIBC,
    /** The source of signals in use cannot receive it; another one may. */
    NOT_SUPPORTED_BY_SOURCE,
    /** The system refused to install a handler. */
    REFUSED_BY_SYSTEM
  }

  private final Signal signal;
  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param signal the signal
   * @param reason why it cannot be received
   * @param message the same for people
   */
  public UnsupportedSignalException(Signal signal, Reason reason, String message) {
    super(message);
    this.signal = signal;
    this.reason = reason;
  }

  /** The signal. */
  public Signal signal() {
    return signal;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
