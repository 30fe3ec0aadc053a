package org.sigqueue.core.park;

/** The state machine was found in a state that its rules exclude: a bug, here or in a plugin. */
public final class InconsistentStateException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a description of the state. */
  public InconsistentStateException(String message) {
    super(message);
  }
}
