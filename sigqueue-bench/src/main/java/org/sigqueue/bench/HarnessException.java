package org.sigqueue.bench;

/** A measurement that could not be made; the message is for the person who asked for it. */
final class HarnessException extends RuntimeException {
  private static final long serialVersionUID = 1;

  HarnessException(String message) {
    super(message);
  }
}
