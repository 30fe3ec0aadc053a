package org.sigqueue.core.source;

/** A request that a signal source could not carry out; nothing was changed. */
public class SignalSourceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * Creates the exception.
   *
   * @param message the request, and why it failed
   * @param errno the error number of the system call that failed, or 0 if none did
   */
  public SignalSourceException(String message, int errno) {
    super(message);
    this.errno = errno;
  }

  /** Creates the exception for a source that cannot be used at all. */
  public SignalSourceException(String message, Throwable cause) {
    super(message, cause);
    this.errno = 0;
  }

  /** The error number of the system call that failed, or 0 if none did. */
  public int errno() {
    return errno;
  }
}
