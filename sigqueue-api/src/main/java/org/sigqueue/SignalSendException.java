package org.sigqueue;

import org.sigqueue.core.source.SignalSourceException;

/** A signal could not be sent; {@link #reason} says why. */
public final class SignalSendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why a signal could not be sent. */
  public enum Reason {
    /** There is no such process, or not any more: ESRCH. */
    NO_SUCH_PROCESS,
    /** This process may not send the other one this signal: EPERM. */
    NOT_PERMITTED,
    /** The receiver has as many queued signals as its user may have; later it may work: EAGAIN. */
    QUEUE_FULL,
    /** The source of signals in use cannot send this; another one may: ENOSYS. */
    NOT_SUPPORTED_BY_SOURCE,
    /** The system gave another reason; the message has it. */
    REFUSED_BY_SYSTEM
  }

  private final Reason reason;

  SignalSendException(SignalSourceException cause) {
    super(cause.getMessage(), cause);
    reason =
        switch (cause.errno()) {
          case 1 -> Reason.NOT_PERMITTED;
          case 3 -> Reason.NO_SUCH_PROCESS;
          case 11 -> Reason.QUEUE_FULL;
          case 38 -> Reason.NOT_SUPPORTED_BY_SOURCE;
          default -> Reason.REFUSED_BY_SYSTEM;
        };
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
